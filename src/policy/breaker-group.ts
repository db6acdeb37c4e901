import type { BreakerGroup } from "../model/breaker.js";
import type { RequestKind } from "../model/request-kind.js";
import type { Origin, Way } from "../model/way.js";

/** What has one breaker: a group of requests to an origin over a way, or a way itself (`origin` and `group` absent). */
export type BreakerSubject =
  | { way: Way; origin: Origin; group: BreakerGroup }
  | { way: Way; origin?: never; group?: never };

const GROUPS: Record<RequestKind, BreakerGroup | undefined> = {
  list: "modules",
  info: "modules",
  mod: "modules",
  zip: "modules",
  latest: "modules",
  toolchain: "modules",
  "sumdb-supported": "sumdb",
  "sumdb-latest": "sumdb",
  "sumdb-lookup": "sumdb",
  "sumdb-tile": "sumdb",
  "git-refs": "git",
  "git-upload-pack": "git",
  "go-get": "other",
  vuln: "other",
  telemetry: "other",
  other: undefined,
};

/** The group of a kind; undefined for kind `other`, to which no breaker applies (SPEC §2). */
export function breakerGroup(kind: RequestKind): BreakerGroup | undefined {
  return GROUPS[kind];
}

/** `goproxy.cn:443 modules`, `goproxy.cn:443 modules via backup-http`, `way backup-http`: unique, and what people type. */
export function breakerName({ way, origin, group }: BreakerSubject): string {
  if (origin === undefined) return `way ${way.name}`;
  const host = origin.host.includes(":") ? `[${origin.host}]` : origin.host;
  const via = way.type === "direct" ? "" : ` via ${way.name}`;
  return `${host}:${origin.port} ${group}${via}`;
}

/**
 * The names that a person may mean: the very name, else the one that only lacks the port 443, else all that begin so.
 * Never more than one but in the last case.
 */
export function matchingNames(
  typed: string,
  names: readonly string[],
): string[] {
  const text = typed.trim();
  if (names.includes(text)) return [text];
  const short = (name: string): string => name.replace(":443 ", " ");
  const same = names.filter((name) => short(name) === text);
  if (same.length > 0) return same.slice(0, 1);
  if (text === "") return [];
  return names.filter(
    (name) => name.startsWith(text) || short(name).startsWith(text),
  );
}
