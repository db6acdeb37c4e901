import { isCanonicalVersion } from "../model/module-name.js";
import type { OfflineRequest } from "./store.js";

/** A file of one module version. */
export interface WantedModuleFile {
  path: string;
  version: string;
  extension: "info" | "mod" | "zip";
}

/**
 * The module file that is asked for; undefined where the request is for something else, or for what may change: a list, the
 * latest version, a branch.
 */
export function wantedModuleFile(
  request: OfflineRequest,
): WantedModuleFile | undefined {
  const { modulePath, moduleVersion } = request;
  const extension = extensionOf(request);
  if (extension === undefined || modulePath === undefined) return undefined;
  if (moduleVersion === undefined || !isCanonicalVersion(moduleVersion))
    return undefined;
  return { path: modulePath, version: moduleVersion, extension };
}

function extensionOf({
  kind,
  target,
}: OfflineRequest): WantedModuleFile["extension"] | undefined {
  if (kind === "info" || kind === "mod" || kind === "zip") return kind;
  if (kind !== "toolchain") return undefined;
  const extension = /\.(info|mod|zip)(?:\?|$)/.exec(target)?.[1];
  return extension as WantedModuleFile["extension"] | undefined;
}
