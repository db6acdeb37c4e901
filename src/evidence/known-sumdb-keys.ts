import { readFile } from "node:fs/promises";
import { join } from "node:path";

const MODFETCH = "src/cmd/go/internal/modfetch";
/** `"name": "name+hash+key",` of the map knownGOSUMDB. */
const KEY = /"([^"\s]+)":\s*"([^"\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)"/g;
/** dbDial: `if gosumdb == "alias" { gosumdb = "name https://alias"`. */
const ALIAS = /gosumdb == "([^"\s]+)"\s*\{\s*gosumdb = "([^"\s]+) [^"]*"/g;

/**
 * The checksum databases that go knows by name: name to `name+hash+key`, and the aliases that it has for them. They are read
 * from the sources that go comes with, so that gotap trusts exactly what this go trusts. Empty where the sources are not there.
 * Never throws.
 */
export async function readKnownSumdbKeys(
  goroot: string,
): Promise<Map<string, string>> {
  const read = (file: string) =>
    readFile(join(goroot, MODFETCH, file), "utf8").catch(() => "");
  const [keys, dial] = await Promise.all([read("key.go"), read("sumdb.go")]);
  const known = new Map<string, string>();
  for (const [, name = "", key = ""] of keys.matchAll(KEY))
    known.set(name, key);
  for (const [, alias = "", name = ""] of dial.matchAll(ALIAS)) {
    const key = known.get(name);
    if (key !== undefined) known.set(alias, key);
  }
  return known;
}
