import { readFileSync } from "node:fs";

/** The version in package.json: this file runs from dist/src/cli, and from src/cli under vitest. */
export function gotapVersion(): string {
  for (const up of ["../../../package.json", "../../package.json"]) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), "utf8");
      const parsed = JSON.parse(text) as { name?: string; version?: string };
      if (parsed.name === "gotap" && parsed.version !== undefined)
        return parsed.version;
    } catch {
      // Not this one.
    }
  }
  return "0.0.0";
}

export function versionLine(): string {
  return `gotap ${gotapVersion()} (node ${process.versions.node})`;
}
