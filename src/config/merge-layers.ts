import type { Layer, RawTable } from "./layer.js";
import { settingFields } from "./schema-fields.js";
import { configSchema, type Config } from "./schema.js";
import type { PathElement } from "./toml-positions.js";

const LISTS = ["rule", "mirror", "upstream"] as const;

const DEFAULTS: Layer = {
  values: Object.fromEntries(
    ["timeouts", "retry", "breaker", "health", "offline", "store"].map(
      (name) => [name, {}],
    ),
  ),
  originOf: () => "default",
};

/**
 * Field by field, the last layer that sets a field wins; a list of tables is one field, `[resolve]` is merged name by name.
 * @param layers checked, lowest precedence first; the built-in values come before all of them
 */
export function mergeLayers(layers: readonly Layer[]): {
  config: Config;
  /** Raw, as a file would hold it: only what is set, defaults included. */
  values: RawTable;
  /** For each key that has a value; `resolve.NAME` for each name. */
  origins: Record<string, string>;
  /** Where a field of the n-th `[[rule]]` stands. */
  ruleOrigin: (path: readonly PathElement[]) => string;
} {
  const values: RawTable = { tls: {}, export: {}, ...DEFAULTS.values };
  const origins: Record<string, string> = {};
  for (const { path, key, meta } of settingFields()) {
    if (key === "resolve") continue;
    const winner = layers.findLast((layer) => at(layer, path) !== undefined);
    const value = winner === undefined ? meta.default : at(winner, path);
    if (value === undefined) continue;
    origins[key] = (winner ?? DEFAULTS).originOf(path);
    const [section = "", name] = path;
    values[section] =
      name === undefined
        ? value
        : { ...(values[section] as RawTable), [name]: value };
  }
  for (const name of LISTS) {
    const winner = layers.findLast((layer) => name in layer.values);
    if (winner === undefined) continue;
    values[name] = winner.values[name];
    origins[name] = winner.originOf([name, 0]);
  }
  for (const layer of layers) {
    const names = (layer.values["resolve"] ?? {}) as Record<string, string>;
    for (const [name, address] of Object.entries(names)) {
      const host = name.toLowerCase();
      values["resolve"] = {
        ...(values["resolve"] as RawTable | undefined),
        [host]: address,
      };
      origins[`resolve.${host}`] = layer.originOf(["resolve", name]);
    }
  }
  const rules = layers.findLast((layer) => "rule" in layer.values) ?? DEFAULTS;
  return {
    config: configSchema.parse(values),
    values,
    origins,
    ruleOrigin: (path) => rules.originOf(["rule", ...path]),
  };
}

function at(layer: Layer, path: readonly string[]): unknown {
  let value: unknown = layer.values;
  for (const key of path) value = (value as RawTable | undefined)?.[key];
  return value;
}
