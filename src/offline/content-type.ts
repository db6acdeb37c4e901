import { basename } from "node:path";

const TEXT = "text/plain; charset=UTF-8";
const BINARY = "application/octet-stream";
const TYPES: Record<string, string> = {
  ".zip": "application/zip",
  ".info": "application/json",
  ".mod": TEXT,
};

/** The media type of a stored answer, by its file's name alone. */
export function contentTypeOf(file: string): string {
  const name = basename(file);
  // The last part of a tile's name is a number; a look-up's holds an @.
  if (/^\d+$/.test(name)) return BINARY;
  if (name.includes("@")) return TEXT;
  return TYPES[name.slice(name.lastIndexOf("."))] ?? BINARY;
}
