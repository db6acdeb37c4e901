import { readKnownSumdbKeys } from "../evidence/known-sumdb-keys.js";
import { sumdbKeyOf, sumdbNameOf } from "../gosum/sumdb-setting.js";
import { verifyLookup } from "../gosum/lookup.js";
import { verifyLatest } from "../gosum/tree-note.js";
import type { Failure } from "../model/failure.js";
import type { RequestInfo } from "../model/request-kind.js";

/** The keys of the checksum databases that sessions work with, as their go knows them. */
export class SumdbKeys {
  private readonly byName = new Map<string, string>();
  /** What each go that was met knows by name alone. */
  private readonly builtIn = new Map<string, Promise<Map<string, string>>>();

  /** Takes the settings of a session in; resolves when its database's key is known, or known to be unknown. Never rejects. */
  async learn(gosumdb: string, goroot: string | undefined): Promise<void> {
    const known = goroot === undefined ? NONE : await this.knownTo(goroot);
    const key = sumdbKeyOf(gosumdb, known);
    if (key === undefined) return;
    const [name = ""] = gosumdb.trim().split(/[\s+]/);
    this.byName.set(name, key);
    this.byName.set(sumdbNameOf(key), key);
  }

  keyOf(name: string): string | undefined {
    return this.byName.get(name);
  }

  /**
   * What is wrong with a database's signed answer that came from somebody else.
   * @returns undefined for requests whose answer is not signed as a whole
   */
  check(
    info: RequestInfo,
  ): ((body: Uint8Array) => Failure | undefined) | undefined {
    const { kind, modulePath = "", moduleVersion = "", sumdbName = "" } = info;
    if (kind !== "sumdb-lookup" && kind !== "sumdb-latest") return undefined;
    const key = this.keyOf(sumdbName);
    if (key === undefined)
      return () => unverified(`the key of ${sumdbName} is not known`);
    return (body) => {
      const said =
        kind === "sumdb-latest"
          ? verifyLatest(body, key)
          : verifyLookup(body, key, modulePath, moduleVersion);
      return said.ok ? undefined : unverified(said.cause);
    };
  }

  private knownTo(goroot: string): Promise<Map<string, string>> {
    const read = this.builtIn.get(goroot) ?? readKnownSumdbKeys(goroot);
    this.builtIn.set(goroot, read);
    return read;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

function unverified(cause: string): Failure {
  return { kind: "unverified", phase: "receive", cause };
}
