import { z } from "zod";

import { checkLayer, type Layer, type RawTable } from "./layer.js";
import { nearest } from "./nearest.js";
import { settingFields, type SettingField } from "./schema-fields.js";
import { shown } from "./shown.js";

// The two layers that a person types: variables and flags.

/** GOTAP_* variables that are no settings. */
const OTHER_VARIABLES = ["GOTAP_HOME", "GOTAP_CONFIG", "GOTAP_SSLKEYLOGFILE"];

/** What `gotap env` remembers there. */
const SAVED_PREFIX = "GOTAP_SAVED_";

/**
 * The settings of the GOTAP_* variables; an empty one counts as unset.
 * @returns with a notice for each GOTAP_* variable that means nothing
 * @throws GotapError CONFIG_VALUE
 */
export function environmentLayer(env: NodeJS.ProcessEnv): {
  layer: Layer;
  notices: string[];
} {
  const fields = settingFields().filter(
    (field) => field.variable !== undefined,
  );
  const values: RawTable = {};
  for (const field of fields) {
    const typed = env[field.variable ?? ""];
    if (typed !== undefined && typed !== "")
      setAt(values, field.path, converted(typed, field));
  }
  const variableOf = (key: string) =>
    fields.find((field) => field.key === key)?.variable ?? "the environment";
  checkLayer(values, (path) => variableOf(path.join(".")));
  return {
    layer: { values, originOf: (path) => variableOf(path.join(".")) },
    notices: unknownVariables(env, fields),
  };
}

/** The settings of flags, by dotted key; `undefined` is a flag that was not typed. @throws GotapError CONFIG_VALUE */
export function flagLayer(
  flags: Readonly<Record<string, string | number | boolean | undefined>>,
): Layer {
  const values: RawTable = {};
  for (const field of settingFields()) {
    const typed = flags[field.key];
    if (typed !== undefined)
      setAt(
        values,
        field.path,
        typeof typed === "string" ? converted(typed, field) : typed,
      );
  }
  const flagOf = (path: readonly unknown[]) =>
    `--${path.join("-").replaceAll("_", "-")}`;
  checkLayer(values, flagOf);
  return { values, originOf: flagOf };
}

/** A text where the schema wants a number; what is no number stays a text and is refused by the schema. */
function converted(typed: string, field: SettingField): unknown {
  const number = Number(typed);
  return field.schema instanceof z.ZodNumber && Number.isFinite(number)
    ? number
    : typed;
}

function setAt(
  values: RawTable,
  path: readonly string[],
  value: unknown,
): void {
  let table = values;
  for (const key of path.slice(0, -1)) table = (table[key] ??= {}) as RawTable;
  table[path.at(-1) ?? ""] = value;
}

function unknownVariables(
  env: NodeJS.ProcessEnv,
  fields: readonly SettingField[],
): string[] {
  const known = [
    ...OTHER_VARIABLES,
    ...fields.flatMap((field) => field.variable ?? []),
  ];
  return Object.keys(env)
    .filter(
      (name) =>
        name.startsWith("GOTAP_") &&
        !name.startsWith(SAVED_PREFIX) &&
        !known.includes(name),
    )
    .map((name) => {
      const meant = nearest(name, known);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      return `the variable ${shown(name)} means nothing to gotap${hint}`;
    });
}
