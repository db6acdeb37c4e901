import { isModulePath, namesWindowsDevice } from "./module-path.js";

// golang.org/x/mod/module: an upper-case letter travels as `!` and its lower-case form.

const VERSION = /^[A-Za-z0-9#$%&()+,\-.=@[\]^_{}~ ]+$/;

/** The module path behind its escaped form (UnescapePath), or undefined where that is malformed. */
export function unescapeModulePath(escaped: string): string | undefined {
  const path = unescapeBangs(escaped);
  return path !== undefined && isModulePath(path) ? path : undefined;
}

/** The version or branch behind its escaped form (UnescapeVersion), or undefined where that is malformed. */
export function unescapeVersion(escaped: string): string | undefined {
  const version = unescapeBangs(escaped);
  if (version === undefined || !VERSION.test(version)) return undefined;
  return version.endsWith(".") || namesWindowsDevice(version)
    ? undefined
    : version;
}

function unescapeBangs(escaped: string): string | undefined {
  let text = "";
  for (let i = 0; i < escaped.length; i++) {
    let code = escaped.charCodeAt(i);
    if (code >= 0x80 || (code >= 0x41 && code <= 0x5a)) return undefined;
    if (code === 0x21) {
      code = escaped.charCodeAt(++i);
      // NaN, past the end, is no letter either.
      if (!(code >= 0x61 && code <= 0x7a)) return undefined;
      code -= 0x20;
    }
    text += String.fromCharCode(code);
  }
  return text;
}
