import { stringify } from "smol-toml";

import type { RawTable } from "./layer.js";

/** The values as a file that would set the same: `LoadedSettings.values` as TOML. */
export function effectiveToml(values: RawTable): string {
  const filled = Object.entries(values).filter(
    ([, value]) => JSON.stringify(value) !== "{}",
  );
  return `${stringify(Object.fromEntries(filled)).trimEnd()}\n`;
}
