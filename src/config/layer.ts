import type { z } from "zod";

import { GotapError } from "../model/failure.js";
import { nearest } from "./nearest.js";
import { keysAt, metaOf, schemaAt, settingFields } from "./schema-fields.js";
import { layerSchema } from "./schema.js";
import { shown } from "./shown.js";
import type { PathElement } from "./toml-positions.js";

/** Raw values as a file has them: nested tables, nothing converted. */
export type RawTable = Record<string, unknown>;

/** One place that settings come from, already checked. Higher precedence stands later in a list of layers. */
export interface Layer {
  values: RawTable;
  /** For a person: `FILE:LINE`, `GOTAP_LISTEN`, `--listen`, `default`. */
  originOf(path: readonly PathElement[]): string;
}

type Issue = z.core.$ZodIssue;

/**
 * Checks one layer against the schema.
 * @param placeOf where a key stands, or its value: begins the message
 * @throws GotapError CONFIG_UNKNOWN_KEY or CONFIG_VALUE, for the first fault
 */
export function checkLayer(
  values: RawTable,
  placeOf: (path: readonly PathElement[], part: "key" | "value") => string,
): void {
  const result = layerSchema.safeParse(values);
  const issue = result.error?.issues[0];
  if (issue === undefined) return;
  const path = issue.path.filter((element) => typeof element !== "symbol");
  if (issue.code === "unrecognized_keys")
    throw unknownKey([...path, issue.keys[0] ?? ""], placeOf);
  throw wrongValue(path, issue, values, placeOf);
}

function unknownKey(
  path: readonly PathElement[],
  placeOf: (path: readonly PathElement[], part: "key" | "value") => string,
): GotapError {
  const above = path.slice(0, -1);
  const typed = String(path.at(-1));
  const here = keysAt(above);
  const table = above.filter((element) => typeof element === "string");
  const meant =
    nearest(typed, here)?.replace(/^/, [...table, ""].join(".")) ??
    elsewhere(typed);
  return new GotapError(
    "CONFIG_UNKNOWN_KEY",
    `${placeOf(path, "key")}: there is no key ${shown(dotted(path))}`,
    meant === undefined
      ? `the keys there are: ${here.join(", ")}`
      : `did you mean ${meant}?`,
    2,
  );
}

/** A key that is right, in the wrong table: `first_byte` at the top. */
function elsewhere(typed: string): string | undefined {
  const fields = settingFields();
  const byName = fields.find((field) => field.path.at(-1) === typed);
  return (
    byName?.key ??
    nearest(
      typed,
      fields.map((field) => field.key),
    )
  );
}

function wrongValue(
  path: readonly PathElement[],
  issue: Issue,
  values: RawTable,
  placeOf: (path: readonly PathElement[], part: "key" | "value") => string,
): GotapError {
  const meta = metaOf(schemaAt(path));
  const got = valueAt(values, path);
  const name = dotted(path);
  if (got === undefined)
    return new GotapError(
      "CONFIG_VALUE",
      `${placeOf(path, "value")}: ${name} is missing`,
      meta &&
        `it must be ${meta.expected}, for example ${example(path, meta.example)}`,
      2,
    );
  if (meta === undefined)
    return new GotapError(
      "CONFIG_VALUE",
      `${placeOf(path, "value")}: ${name} is ${shown(got)}, and must be a table`,
      `write ${tableHeader(path, issue)} and its keys below it`,
      2,
    );
  return new GotapError(
    "CONFIG_VALUE",
    `${placeOf(path, "value")}: ${name} is ${shown(got)}, and must be ${meta.expected}`,
    `for example ${example(path, meta.example)}`,
    2,
  );
}

function example(path: readonly PathElement[], value: string): string {
  const key = path.findLast((element) => typeof element === "string");
  return `${key ?? ""} = ${value}`;
}

function tableHeader(path: readonly PathElement[], issue: Issue): string {
  const name = path.filter((element) => typeof element === "string").join(".");
  const isList = issue.code === "invalid_type" && issue.expected === "array";
  return isList ? `[[${name}]]` : `[${name}]`;
}

function valueAt(values: RawTable, path: readonly PathElement[]): unknown {
  let value: unknown = values;
  for (const element of path)
    value = (value as Record<PathElement, unknown> | undefined)?.[element];
  return value;
}

/** `rule[0].kind`: for people. */
function dotted(path: readonly PathElement[]): string {
  return path
    .map((element) =>
      typeof element === "number" ? `[${element}]` : `.${element}`,
    )
    .join("")
    .replace(/^\./, "");
}
