import type { Origin } from "../model/way.js";
import { belowBase, parseSourceBase, type SourceBase } from "./source-base.js";

/** What stands behind an entry: `,` goes on after a 404 or 410 alone, `|` after any error; undefined at the list's end. */
type Separator = "," | "|";

type ChainEntry =
  | { type: "proxy"; base: SourceBase; next: Separator | undefined }
  /** go fetches from the origin itself, or not at all: the end of the list whatever follows. */
  | { type: "direct" | "off"; next: undefined }
  /** go may use it, gotap cannot: a folder (`file:`), credentials in its URL, or what go itself refuses. */
  | { type: "unusable"; why: string; next: Separator | undefined };

export type GoproxyChain = readonly ChainEntry[];

/** A chain's proxy. */
export type Hop = Extract<ChainEntry, { type: "proxy" }>;

/**
 * GOPROXY as go reads it (cmd/go/internal/modfetch/proxy.go proxyList): spaces around entries do not count, empty entries are
 * passed over (the separator right behind an entry is its own), `direct` and `off` end the list, and what has no scheme but
 * looks like a host is https.
 * @param behindFront the module proxy behind an entry that leads to gotap's own GOPROXY front, any other entry as it is
 */
export function parseGoproxy(
  goproxy: string,
  behindFront: (entry: string) => string = (entry) => entry,
): GoproxyChain {
  const chain: ChainEntry[] = [];
  for (const [, text = "", mark] of goproxy.matchAll(/([^,|]*)([,|]|$)/g)) {
    const entry = goTrimmed(text);
    if (entry === "") continue;
    if (entry === "direct" || entry === "off") {
      chain.push({ type: entry, next: undefined });
      break;
    }
    const next = mark === "," || mark === "|" ? mark : undefined;
    const base = parseSourceBase(withScheme(behindFront(entry)));
    chain.push(
      "error" in base
        ? { type: "unusable", why: base.error, next }
        : { type: "proxy", base, next },
    );
  }
  return chain;
}

/** The entry that a request was sent to, and its path there; the longest base of several, the first of equal ones. */
export function askedHop(
  chain: GoproxyChain,
  origin: Origin,
  target: string,
): { index: number; rest: string } | undefined {
  let best: { index: number; rest: string } | undefined;
  for (const [index, entry] of chain.entries()) {
    if (entry.type !== "proxy") continue;
    const rest = belowBase(entry.base, origin, target);
    if (rest === undefined) continue;
    if (best === undefined || rest.length < best.rest.length)
      best = { index, rest };
  }
  return best;
}

/**
 * The proxies that go itself would ask after any error of the one at `index`: those behind an unbroken row of `|`. An entry that
 * gotap cannot ask ends the row: what it would have answered must not be asked of those behind it.
 */
export function hopsAcrossBars(chain: GoproxyChain, index: number): Hop[] {
  const hops: Hop[] = [];
  for (let at = index; chain[at]?.next === "|"; at++) {
    const entry = chain[at + 1];
    if (entry?.type !== "proxy") break;
    hops.push(entry);
  }
  return hops;
}

/** Single words are reserved; `:/` makes a URL; a rooted path is a mistake that go refuses. */
function withScheme(entry: string): string {
  const isBare =
    /[.:/]/.test(entry) && !entry.includes(":/") && !entry.startsWith("/");
  return isBare ? `https://${entry}` : entry;
}

/** strings.TrimSpace: Unicode's White_Space, which is not quite what JavaScript trims. */
function goTrimmed(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}
