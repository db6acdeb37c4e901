/** An element of a module's path: neither `.`, `..` nor hidden, and without a separator of any system. */
const ELEMENT = /^[A-Za-z0-9_~-](?:[A-Za-z0-9_~.-]*[A-Za-z0-9_~-])?$/;
/** The first one is a host: with a dot it is none of the folders that go keeps beside the modules. */
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const VERSION = /^v[0-9A-Za-z.+-]+$/;
const SUMDB_NAME =
  /^[A-Za-z0-9][A-Za-z0-9.:_-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

// What classify/ has read from a URL is a valid module path and version already. That these names become names of files is
// reason enough to look again.

/** Whether the path can be a path below a folder, and lead nowhere else. */
export function isSafeModulePath(path: string): boolean {
  const elements = path.split("/");
  return HOST.test(elements[0] ?? "") && elements.every((e) => ELEMENT.test(e));
}

export function isSafeVersion(version: string): boolean {
  return VERSION.test(version) && !version.includes("..");
}

/** `host`, `host:port` or either with a path (design/25530-sumdb). */
export function isSafeSumdbName(name: string): boolean {
  return SUMDB_NAME.test(name) && !name.includes("..");
}
