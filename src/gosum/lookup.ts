import { type GoSumLine, parseGoSum } from "./go-sum.js";
import { isNote, plainText } from "./note.js";
import { type SignedTree, verifyLatest } from "./tree-note.js";

/** What `/lookup/MODULE@VERSION` answers with. */
export interface Lookup {
  /** The record's number in the log. */
  id: bigint;
  lines: GoSumLine[];
  /** The signed note behind the record. */
  note: string;
}

export type VerifiedLookup =
  | { ok: true; id: bigint; lines: GoSumLine[]; tree: SignedTree }
  | { ok: false; cause: string };

/**
 * Takes a look-up's answer apart (golang.org/x/mod/sumdb/tlog, ParseRecord).
 * @returns undefined where it is cut or malformed, or the note behind the record has not the form of one
 */
export function parseLookup(body: Uint8Array | string): Lookup | undefined {
  const text = plainText(body) ?? "";
  const newline = text.indexOf("\n");
  const end = text.indexOf("\n\n", newline + 1);
  const id = text.slice(0, Math.max(newline, 0));
  if (end < 0 || !/^(?:0|[1-9]\d{0,18})$/.test(id)) return undefined;
  const lines = parseGoSum(text.slice(newline + 1, end));
  const note = text.slice(end + 2);
  if (lines === undefined || lines.length === 0 || !isNote(note))
    return undefined;
  return { id: BigInt(id), lines, note };
}

/**
 * Checks what can be checked of a look-up's answer alone: that it is about this very module and version, and that the
 * database signed the tree it is said to stand in. Whether it does stand there only the tree's tiles can say, and go asks for
 * them itself (golang.org/x/mod/sumdb, Client.checkRecord).
 * @param key `name+hash+key`
 */
export function verifyLookup(
  body: Uint8Array | string,
  key: string,
  modulePath: string,
  moduleVersion: string,
): VerifiedLookup {
  const lookup = parseLookup(body);
  if (lookup === undefined)
    return { ok: false, cause: "no answer of a checksum database" };
  const { id, lines, note } = lookup;
  const other = lines.find(
    ({ path, version }) => path !== modulePath || version !== moduleVersion,
  );
  if (other !== undefined)
    return {
      ok: false,
      cause: `about ${other.path} ${other.version}, not ${modulePath} ${moduleVersion}`,
    };
  const signed = verifyLatest(note, key);
  if (!signed.ok) return signed;
  if (id >= signed.tree.size)
    return {
      ok: false,
      cause: `record ${id} is not in a tree of ${signed.tree.size}`,
    };
  return { ok: true, id, lines, tree: signed.tree };
}
