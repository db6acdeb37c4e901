import type { LoadedSettings } from "../config/load-settings.js";

type Values = Pick<LoadedSettings, "values" | "origins">;

/** The configuration keys that have another value in `next`, or a value in one of the two alone: `timeouts.dns`, `rule`. */
export function changedKeys(before: Values, next: Values): string[] {
  const keys = new Set([
    ...Object.keys(before.origins),
    ...Object.keys(next.origins),
  ]);
  return [...keys].filter((key) => textOf(before, key) !== textOf(next, key));
}

/** Only in `[resolve]` a key has more than one dot. */
function textOf({ values }: Values, key: string): string | undefined {
  const dot = key.indexOf(".");
  if (dot === -1) return JSON.stringify(values[key]);
  const section = values[key.slice(0, dot)] as
    Record<string, unknown> | undefined;
  return JSON.stringify(section?.[key.slice(dot + 1)]);
}
