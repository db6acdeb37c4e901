import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { parse, TomlError } from "smol-toml";

import { GotapError } from "../model/failure.js";
import { checkLayer, type Layer, type RawTable } from "./layer.js";
import { shown } from "./shown.js";
import { TomlPositions } from "./toml-positions.js";

/** Ten times what a long configuration needs; a file of a cloned repository may be anything. */
const LONGEST_FILE_BYTES = 64 << 10;

export interface FileLayer extends Layer {
  /** Of the very bytes that were read, in hex. */
  sha256: string;
}

/**
 * Reads and checks one file.
 * @returns undefined where there is no such file
 * @throws GotapError CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_VALUE
 */
export function readFileLayer(file: string): FileLayer | undefined {
  const bytes = readBytes(file);
  if (bytes === undefined) return undefined;
  const text = bytes.toString("utf8");
  const values = parsed(file, text);
  const positions = new TomlPositions(text);
  checkLayer(values, (path, part) => {
    const found =
      part === "key" ? positions.keyOf(path) : positions.valueOf(path);
    return found === undefined ? file : `${file}:${found.line}:${found.column}`;
  });
  return {
    values: withAbsoluteFiles(values, dirname(file)),
    originOf(path) {
      const found = positions.keyOf(path);
      return found === undefined ? file : `${file}:${found.line}`;
    },
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

function readBytes(file: string): Buffer | undefined {
  try {
    const { size } = statSync(file);
    if (size > LONGEST_FILE_BYTES)
      throw new GotapError(
        "CONFIG_UNREADABLE",
        `${file} has ${size} bytes, and a configuration has at most ${LONGEST_FILE_BYTES}`,
      );
    return readFileSync(file);
  } catch (error) {
    if (error instanceof GotapError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GotapError(
      "CONFIG_UNREADABLE",
      `${file} cannot be read: ${message}`,
      "mend its permissions, or name another file with --config",
      1,
      { cause: error },
    );
  }
}

function parsed(file: string, text: string): RawTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message
      .split("\n", 1)[0]
      ?.replace("Invalid TOML document: ", "");
    throw new GotapError(
      "CONFIG_SYNTAX",
      `${file}:${error.line}:${error.column}: no TOML: ${what}`,
      `the line is ${shown(text.split("\n")[error.line - 1] ?? "")}`,
      2,
      { cause: error },
    );
  }
}

const ATHENS = "athens:";

/** A relative file name in a configuration counts from the file that it stands in. */
function withAbsoluteFiles(values: RawTable, folder: string): RawTable {
  const tls = values["tls"] as { ca?: string[] } | undefined;
  const offline = values["offline"] as { use?: string[] } | undefined;
  return {
    ...values,
    ...(tls?.ca && {
      tls: { ...tls, ca: tls.ca.map((file) => resolve(folder, file)) },
    }),
    ...(offline?.use && {
      offline: {
        ...offline,
        use: offline.use.map((store) =>
          store.startsWith(ATHENS)
            ? ATHENS + resolve(folder, store.slice(ATHENS.length))
            : store,
        ),
      },
    }),
  };
}
