const ELEMENT = /^[A-Za-z0-9_~+-][A-Za-z0-9_~+.-]*$/;
const FIRST_ELEMENT = /^[a-z0-9][a-z0-9.-]*$/;
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])$/i;
const WINDOWS_SHORT_NAME = /~\d+$/;
const MAJOR_SUFFIX = /\/v([0-9.]+)$/;
const GOPKG_SUFFIX = /\.v(?:0|[1-9]\d*)(?:-unstable)?$/;

/**
 * Whether `path` is a module path as the go command accepts it for a download (golang.org/x/mod/module CheckPath): a first
 * element with a dot, plain ASCII elements, and a major version suffix that is `/v2` or later (`.v0` or later on gopkg.in).
 */
export function isModulePath(path: string): boolean {
  if (path.includes("+") || !isImportPath(path)) return false;
  if (path.startsWith("gopkg.in/")) return GOPKG_SUFFIX.test(path);
  const major = MAJOR_SUFFIX.exec(path)?.[1];
  return major === undefined || isMajor(major);
}

/** Whether `path` is the import path of a package on some host (CheckImportPath), its first element a host with a dot. */
export function isImportPath(path: string): boolean {
  const elements = path.split("/");
  const first = elements[0] ?? "";
  return (
    first.includes(".") &&
    FIRST_ELEMENT.test(first) &&
    elements.every(isElement)
  );
}

function isElement(element: string): boolean {
  if (!ELEMENT.test(element) || element.endsWith(".")) return false;
  const stem = stemOf(element);
  if (stem.includes("~") && WINDOWS_SHORT_NAME.test(stem)) return false;
  return !namesWindowsDevice(element);
}

/** Whether Windows would take a file of this name for a device: Go refuses such paths and versions everywhere. */
export function namesWindowsDevice(element: string): boolean {
  const stem = stemOf(element);
  return stem.length <= 4 && WINDOWS_DEVICE.test(stem);
}

function stemOf(element: string): string {
  const dot = element.indexOf(".");
  return dot < 0 ? element : element.slice(0, dot);
}

function isMajor(digits: string): boolean {
  return !digits.includes(".") && !digits.startsWith("0") && digits !== "1";
}
