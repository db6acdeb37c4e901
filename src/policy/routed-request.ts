import { escapeCapitals } from "../model/module-name.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Mirror } from "../model/settings.js";
import type { Origin } from "../model/way.js";
import type { Source } from "../model/source.js";
import { type SourceBase, parseSourceBase, sourceAt } from "./source-base.js";

/** A request of go, as far as it decides who else may answer it. */
export interface RoutedRequest {
  origin: Origin;
  /** Path and query. */
  target: string;
  hostHeader: string;
  /** As classify says; where it does not agree with `target`, nobody else is asked. */
  info: Omit<RequestInfo, "template">;
  /** hasCredentials (borrowed-request.ts). */
  hasCredentials: boolean;
  /** GET or HEAD. */
  repeatable: boolean;
}

/** What a module proxy is asked for, decoded, below its base; a toolchain's kind does not say which of its three files. */
export function moduleFiles(info: RoutedRequest["info"]): string[] {
  const { kind, modulePath, moduleVersion } = info;
  if (modulePath === undefined) return [];
  const module = escapeCapitals(modulePath);
  if (kind === "list") return [`${module}/@v/list`];
  if (kind === "latest") return [`${module}/@latest`];
  if (moduleVersion === undefined) return [];
  const file = `${module}/@v/${escapeCapitals(moduleVersion)}`;
  if (kind === "toolchain")
    return [`${file}.info`, `${file}.mod`, `${file}.zip`];
  return kind === "info" || kind === "mod" || kind === "zip"
    ? [`${file}.${kind}`]
    : [];
}

/** What a checksum database is asked for, decoded, below its base. */
export function checksumFile(info: RoutedRequest["info"]): string | undefined {
  const { kind, modulePath, moduleVersion, sumdbTile } = info;
  if (kind === "sumdb-supported") return "supported";
  if (kind === "sumdb-latest") return "latest";
  if (kind === "sumdb-tile" && sumdbTile !== undefined)
    return `tile/${sumdbTile}`;
  if (modulePath === undefined || moduleVersion === undefined) return undefined;
  return kind === "sumdb-lookup"
    ? `lookup/${escapeCapitals(modulePath)}@${escapeCapitals(moduleVersion)}`
    : undefined;
}

/** Whether a path of a URL says `wanted` once it is decoded. */
export function says(path: string, wanted: string): boolean {
  try {
    return decodeURIComponent(path) === wanted;
  } catch {
    return false;
  }
}

/** The mirrors that are named for a base's host, in the order of the file; one whose URL holds credentials is none. */
export function mirrorsOf(
  base: SourceBase,
  rest: string,
  serves: "modules" | "checksums",
  mirrors: readonly Mirror[],
): Source[] {
  return mirrors
    .filter((mirror) => bare(mirror.for) === bare(base.origin.host))
    .flatMap(({ urls }) => urls)
    .flatMap((url) => {
      const mirror = parseSourceBase(url);
      return "error" in mirror
        ? []
        : [sourceAt("mirror", mirror, rest, serves)];
    });
}

function bare(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
