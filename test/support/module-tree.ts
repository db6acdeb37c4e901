import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { h1 } from "./dirhash.js";
import { NOT_FOUND, type Answer } from "./origin-answer.js";
import { seededBytes, seededSource } from "./seeded-bytes.js";
import { writeZip } from "./zip-writer.js";

export interface ModuleTreeOptions {
  /** How many modules, each with one version. */
  modules: number;
  /** Of all zips together, about; they differ in size as real ones do. 4 KB a module by default. */
  totalBytes?: number;
  /** Share of the bytes that no compression can make smaller; 0.5 by default. */
  incompressible?: number;
  /** The same seed makes the same bytes. */
  seed?: string;
  /** First element of every module path; `example.com` by default. */
  host?: string;
  /** Path of the main module; it requires all others. */
  main?: string;
}

export interface TreeModule {
  path: string;
  version: string;
  /** `path` with capital letters as `!x`. */
  escaped: string;
  info: string;
  mod: string;
  zip: Buffer;
  /** go.sum's hash of the zip and of the go.mod alone. */
  zipHash: string;
  modHash: string;
  /**
   * The same files as another honest proxy may zip them (FACTS G25): the same hash, other bytes. `other-order` is as long as
   * `zip` and differs from its first entry on.
   */
  zippedAgain(how: "other-order" | "other-length"): Buffer;
}

/** A GOPROXY tree in memory, and a main module that needs all of it. */
export interface ModuleTree {
  modules: readonly TreeModule[];
  /** go.mod of the main module. */
  goMod: string;
  /** go.sum of the main module, complete. */
  goSum: string;
  /** A file of the tree by its URL path (`/example.com/m0/@v/list`); `undefined` where there is none. */
  file(path: string): string | Buffer | undefined;
  /** The same as an origin's answer; Range is honoured for zips. `base` is cut off the path before. */
  answer: (path: string, base?: string) => Answer;
  /** Writes go.mod, a main.go that imports the first module, and, unless told otherwise, go.sum. */
  writeProject(folder: string, options?: { goSum?: boolean }): void;
}

const GO_LINE = "go 1.21\n";

/** Makes the tree; everything about it follows from the options. Module i requires the two after it. */
export function makeModuleTree(options: ModuleTreeOptions): ModuleTree {
  const host = options.host ?? "example.com";
  const seed = options.seed ?? "gotap";
  const names = Array.from({ length: options.modules }, (_, i) => ({
    // Every third path has capital letters, which the protocol escapes.
    path: `${host}/${i % 3 === 0 ? "Team" : "team"}/mod${i}`,
    version: `v1.${i % 7}.${i}`,
  }));
  const sizes = shares(
    options.modules,
    options.totalBytes ?? options.modules * 4096,
  );
  const modules = names.map(({ path, version }, i) =>
    makeModule(path, version, names.slice(i + 1, i + 3), {
      bytes: sizes[i] ?? 0,
      incompressible: options.incompressible ?? 0.5,
      seed: `${seed}/${i}`,
    }),
  );
  const files = new Map(modules.flatMap(filesOf));
  const main = options.main ?? "example.com/main";
  const require = names.map((m) => `\t${m.path} ${m.version}\n`).join("");
  const first = modules[0];
  const source = `package main\n\n${first === undefined ? "" : `import _ "${first.path}"\n\n`}func main() {}\n`;
  const tree: ModuleTree = {
    modules,
    goMod: `module ${main}\n\n${GO_LINE}\nrequire (\n${require})\n`,
    goSum: modules
      .flatMap((m) => [
        `${m.path} ${m.version} ${m.zipHash}\n`,
        `${m.path} ${m.version}/go.mod ${m.modHash}\n`,
      ])
      .join(""),
    file: (path) => files.get(unescapedPath(path)),
    answer(path, base = "") {
      const body = path.startsWith(base)
        ? files.get(unescapedPath(path.slice(base.length)))
        : undefined;
      if (body === undefined) return NOT_FOUND;
      const type = path.endsWith(".zip")
        ? "application/zip"
        : path.endsWith(".info")
          ? "application/json"
          : "text/plain; charset=UTF-8";
      return { body, range: true, headers: { "content-type": type } };
    },
    writeProject(folder, { goSum = true } = {}) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "go.mod"), tree.goMod);
      writeFileSync(join(folder, "main.go"), source);
      if (goSum) writeFileSync(join(folder, "go.sum"), tree.goSum);
    },
  };
  return tree;
}

/** go writes the `!` of an escaped path as `%21`. */
export function unescapedPath(path: string): string {
  return path.replaceAll("%21", "!");
}

/** Sizes between a quarter and four times the mean, as a geometric series that is dealt round, adding up to the total. */
function shares(count: number, total: number): number[] {
  const weights = Array.from(
    { length: count },
    (_, i) => 4 ** (((i * 7) % 11) / 5 - 1),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => Math.round((weight / sum) * total));
}

function makeModule(
  path: string,
  version: string,
  needs: readonly { path: string; version: string }[],
  content: { bytes: number; incompressible: number; seed: string },
): TreeModule {
  const require = needs.map((m) => `require ${m.path} ${m.version}\n`).join("");
  const mod = `module ${path}\n\n${GO_LINE}${require}`;
  const data = Math.round(content.bytes * content.incompressible);
  const packageName = path.slice(path.lastIndexOf("/") + 1);
  const prefix = `${path}@${version}/`;
  const files = [
    { name: `${prefix}go.mod`, content: Buffer.from(mod), deflate: true },
    {
      name: `${prefix}source.go`,
      content: seededSource(
        content.seed,
        packageName,
        (content.bytes - data) * 2,
      ),
      deflate: true,
    },
    {
      name: `${prefix}testdata/blob.bin`,
      content: seededBytes(content.seed, data),
    },
  ];
  return {
    path,
    version,
    escaped: path.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`),
    info: JSON.stringify({ Version: version, Time: "2024-01-02T03:04:05Z" }),
    mod,
    zip: writeZip(files),
    zipHash: h1(files),
    zippedAgain: (how) =>
      writeZip(
        how === "other-order"
          ? files.toReversed()
          : files.map((file) => ({ ...file, deflate: false })),
      ),
    modHash: h1([{ name: "go.mod", content: Buffer.from(mod) }]),
  };
}

function filesOf(m: TreeModule): [string, string | Buffer][] {
  const base = `/${m.escaped}/@v/`;
  return [
    [`${base}list`, `${m.version}\n`],
    [`${base}${m.version}.info`, m.info],
    [`${base}${m.version}.mod`, m.mod],
    [`${base}${m.version}.zip`, m.zip],
    [`/${m.escaped}/@latest`, m.info],
  ];
}
