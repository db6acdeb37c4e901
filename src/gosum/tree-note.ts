import { decodeBase64 } from "./base64.js";
import { verifyNote } from "./note.js";

/** The head of a checksum database's log. */
export interface SignedTree {
  /** How many records it has. */
  size: bigint;
  /** RFC 6962's root hash, 32 bytes in base64. */
  hash: string;
}

export type VerifiedTree =
  { ok: true; tree: SignedTree } | { ok: false; cause: string };

const FIRST_LINE = "go.sum database tree";
const LARGEST = 2n ** 63n;

/**
 * The tree head that `/latest` answers with, if this key signed it.
 * @param key `name+hash+key`
 */
export function verifyLatest(
  body: Uint8Array | string,
  key: string,
): VerifiedTree {
  const note = verifyNote(body, key);
  if (!note.ok) return note;
  const tree = parseTree(note.text);
  return tree === undefined
    ? { ok: false, cause: "what is signed is no tree of a checksum database" }
    : { ok: true, tree };
}

/** Lines after the third are for later versions of the format (golang.org/x/mod/sumdb/tlog, ParseTree). */
function parseTree(text: string): SignedTree | undefined {
  const [first, count = "", hash = "", end] = text.split("\n");
  if (first !== FIRST_LINE || end === undefined) return undefined;
  if (!/^(?:0|[1-9]\d{0,18})$/.test(count) || BigInt(count) >= LARGEST)
    return undefined;
  return decodeBase64(hash)?.length === 32
    ? { size: BigInt(count), hash }
    : undefined;
}
