import { decodeBase64 } from "./base64.js";

/** One line of a go.sum file or of a checksum database's record. */
export interface GoSumLine {
  path: string;
  version: string;
  /** `zip`: the hash of the module's files; `mod`: of its go.mod alone. */
  of: "zip" | "mod";
  /** `h1:` and 32 bytes in base64; other hashes than `h1:` are kept as they are. */
  hash: string;
}

const MOD_SUFFIX = "/go.mod";

/**
 * The lines of a go.sum. Blank lines are passed over.
 * @returns undefined where a line has not three fields, or its `h1:` is no hash (cmd/go/internal/modfetch, readGoSum)
 */
export function parseGoSum(text: string): GoSumLine[] | undefined {
  const lines: GoSumLine[] = [];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === "") continue;
    const [path = "", versioned = "", hash = ""] = fields;
    if (fields.length !== 3 || !isHash(hash)) return undefined;
    const isMod = versioned.endsWith(MOD_SUFFIX);
    lines.push({
      path,
      version: isMod ? versioned.slice(0, -MOD_SUFFIX.length) : versioned,
      of: isMod ? "mod" : "zip",
      hash,
    });
  }
  return lines;
}

function isHash(text: string): boolean {
  if (text.startsWith("h1:")) return decodeBase64(text.slice(3))?.length === 32;
  return /^[a-z0-9]+:./.test(text);
}
