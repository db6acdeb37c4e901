import { matchesModulePatterns } from "./module-patterns.js";

/**
 * The pattern of GOINSECURE that names a host, whatever comes behind it; undefined where none does.
 * @param globs as in the environment: a list with commas
 */
export function insecureHost(globs: string, host: string): string | undefined {
  if (globs === "") return undefined;
  return globs
    .split(",")
    .find((glob) => matchesModulePatterns(glob.split("/", 1)[0] ?? "", host));
}

/**
 * The pattern of GOINSECURE by which go asks for this path without a look at the certificate (modfetch/repo.go, lookupDirect):
 * one that the path matches, or whose beginning it is. The latter go asks for too, when `<meta>` of a matching path says that
 * the repository begins further up (vcs.go, metaImportsForPrefix).
 * @param path host and path, as in a module path
 */
export function insecurePath(globs: string, path: string): string | undefined {
  if (globs === "") return undefined;
  const length = path.split("/").length;
  return globs.split(",").find((glob) => {
    const elements = glob.replace(/\/$/, "").split("/");
    return matchesModulePatterns(elements.slice(0, length).join("/"), path);
  });
}
