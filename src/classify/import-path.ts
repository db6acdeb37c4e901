import { isImportPath } from "./module-path.js";
import { decodePercent } from "./request-url.js";

/** HOST/PATH as an import path, or undefined where it can be none. A last slash does not count. */
export function pathOnHost(host: string, path: string): string | undefined {
  const decoded = decodePercent(path);
  if (decoded === undefined) return undefined;
  const joined = host + decoded.replace(/\/$/, "");
  return isImportPath(joined) ? joined : undefined;
}
