import type { RequestInfo } from "../model/request-kind.js";
import { belowModuleBase } from "./below-base.js";
import { unescapeModulePath, unescapeVersion } from "./module-escape.js";
import { decodePercent, type RequestUrl } from "./request-url.js";

/** go downloads another go as versions of this module (cmd/go/internal/toolchain). */
const TOOLCHAIN = "golang.org/toolchain";

const FILES: Record<string, "info" | "mod" | "zip"> = {
  ".info": "info",
  ".mod": "mod",
  ".zip": "zip",
};

/** The GOPROXY protocol (go.dev/ref/mod#goproxy-protocol): list, info, mod, zip, latest, and the toolchain among them. */
export function moduleProxyRequest(url: RequestUrl): RequestInfo | undefined {
  if (!url.reads) return undefined;
  if (url.path.endsWith("/@latest"))
    return named(url, url.path.length - "/@latest".length, "latest");
  const at = url.path.lastIndexOf("/@v/");
  if (at < 0) return undefined;
  const file = decodePercent(url.path.slice(at + "/@v/".length));
  if (file === undefined) return undefined;
  return file === "list" ? named(url, at, "list") : versioned(url, at, file);
}

function named(
  url: RequestUrl,
  end: number,
  kind: "list" | "latest",
): RequestInfo | undefined {
  const modulePath = moduleBefore(url, end);
  if (modulePath === undefined) return undefined;
  const tail = kind === "list" ? "@v/list" : "@latest";
  return { kind, modulePath, template: `{module}/${tail}` };
}

function versioned(
  url: RequestUrl,
  end: number,
  file: string,
): RequestInfo | undefined {
  const dot = file.lastIndexOf(".");
  const extension = dot < 0 ? "" : file.slice(dot);
  const kind = FILES[extension];
  if (kind === undefined) return undefined;
  const moduleVersion = unescapeVersion(file.slice(0, dot));
  const modulePath = moduleBefore(url, end);
  if (modulePath === undefined || moduleVersion === undefined) return undefined;
  return {
    kind: modulePath === TOOLCHAIN ? "toolchain" : kind,
    modulePath,
    moduleVersion,
    template: `{module}/@v/{version}${extension}`,
  };
}

function moduleBefore(url: RequestUrl, end: number): string | undefined {
  const head = { ...url, path: url.path.slice(0, end) };
  for (const candidate of belowModuleBase(head)) {
    const decoded = decodePercent(candidate);
    const path =
      decoded === undefined ? undefined : unescapeModulePath(decoded);
    if (path !== undefined) return path;
  }
  return undefined;
}
