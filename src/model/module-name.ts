// What golang.org/x/mod/module says of a module's path and version.

const NUMBER = "(?:0|[1-9]\\d*)";
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const CANONICAL = new RegExp(
  `^v${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?(?:\\+incompatible)?$`,
);

/**
 * Whether a version is its own canonical form (golang.org/x/mod/module CanonicalVersion): all three numbers, a pre-release or
 * pseudo-version or none, no build but `+incompatible`. Everything else is a question whose answer changes: a branch, `v1`.
 */
export function isCanonicalVersion(version: string): boolean {
  return CANONICAL.test(version);
}

/**
 * Capital letters as `!` and their small form, as paths and versions travel in URLs and stand in file names (EscapePath,
 * EscapeVersion).
 */
export function escapeCapitals(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}
