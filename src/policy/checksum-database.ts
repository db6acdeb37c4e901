import { parseSourceBase, type SourceBase } from "./source-base.js";

export interface ChecksumDatabase {
  name: string;
  base: SourceBase;
}

/**
 * The database that GOSUMDB names, at the URL that it gives or at its own name's (cmd/go/internal/modfetch/sumdb.go dbDial).
 * @param gosumdb `name`, `name+hash+key`, either with a URL behind it, or `off`
 * @returns undefined for `off` and for what go refuses
 */
export function checksumDatabase(
  gosumdb: string,
): ChecksumDatabase | undefined {
  const [key = "", url, ...more] = gosumdb.trim().split(/\s+/);
  const name = key.split("+", 1)[0] ?? "";
  if (name === "" || name === "off" || more.length > 0) return undefined;
  const base = parseSourceBase(url ?? `https://${name}`);
  return "error" in base ? undefined : { name, base };
}
