import type { RequestKind } from "../model/request-kind.js";
import type { Mirror } from "../model/settings.js";
import type { Source } from "../model/source.js";
import { isCanonicalVersion } from "../model/module-name.js";
import {
  askedHop,
  type GoproxyChain,
  hopsAcrossBars,
} from "./goproxy-chain.js";
import {
  mirrorsOf,
  moduleFiles,
  type RoutedRequest,
  says,
} from "./routed-request.js";
import { type SourceBase, sourceAt } from "./source-base.js";

const KINDS = new Set<RequestKind>([
  "list",
  "info",
  "mod",
  "zip",
  "latest",
  "toolchain",
]);

/** What a module proxy serves, its checksums apart. */
export function isModuleFile(kind: RequestKind): boolean {
  return KINDS.has(kind);
}

/**
 * Who else may answer a request for a public module: the mirrors named for the host, then the chain's next entries as far as `|`
 * reaches, each with its mirrors. Mirrors have only what never changes and is checked against go.sum: a canonical version's files.
 */
export function moduleSources(
  request: RoutedRequest,
  chain: GoproxyChain,
  mirrors: readonly Mirror[],
): Source[] {
  const asked = askedHop(chain, request.origin, request.target);
  const entry = asked && chain[asked.index];
  if (asked === undefined || entry?.type !== "proxy") return [];
  const { index, rest } = asked;
  if (!moduleFiles(request.info).some((file) => says(rest, file))) return [];
  const fixed = isFixed(request.info);
  const mirrored = (base: SourceBase): Source[] =>
    fixed ? mirrorsOf(base, rest, "modules", mirrors) : [];
  return [
    ...mirrored(entry.base),
    ...hopsAcrossBars(chain, index).flatMap(({ base }) => [
      sourceAt("chain", base, rest, "modules"),
      ...mirrored(base),
    ]),
  ];
}

/** Lists, `@latest` and queries for a branch are what the user's own chain says today. */
function isFixed({ kind, moduleVersion = "" }: RoutedRequest["info"]): boolean {
  return (
    kind !== "list" && kind !== "latest" && isCanonicalVersion(moduleVersion)
  );
}
