import { compileGlob } from "./path-match.js";

/**
 * Whether a leading part of a module path matches one of GOPRIVATE's patterns (golang.org/x/mod/module MatchPrefixPatterns,
 * FACTS G17): a glob with n slashes is held against the first n + 1 elements. Empty and malformed patterns match nothing,
 * spaces are not trimmed, one slash at a pattern's end is.
 * @param globs as in the environment: a list with commas
 */
export function matchesModulePatterns(globs: string, path: string): boolean {
  return globs.split(",").some((glob) => matchesPrefix(glob, path));
}

function matchesPrefix(text: string, path: string): boolean {
  const glob = text.endsWith("/") ? text.slice(0, -1) : text;
  if (glob === "") return false;
  const elements = path.split("/");
  const wanted = glob.split("/").length;
  if (elements.length < wanted) return false;
  return compileGlob(glob)?.(elements.slice(0, wanted).join("/")) ?? false;
}
