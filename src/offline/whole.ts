import { open, readFile } from "node:fs/promises";

import type { FoundFile } from "./file-below.js";

// A file may be there and yet not whole: a store that writes it in place, or a machine that lost its power. Each kind says in
// its own way that it is whole. Nothing here rejects.

/** Larger than any .info, .mod, look-up or tile is. */
const MOST_TEXT_BYTES = 1 << 20;

/** Whether a .info is JSON about this version. */
export async function isWholeInfo(
  found: FoundFile,
  version: string,
): Promise<boolean> {
  try {
    const parsed: unknown = JSON.parse((await smallText(found)) ?? "");
    return (parsed as { Version?: unknown } | null)?.Version === version;
  } catch {
    return false;
  }
}

/** The text of a small file; undefined where it is none or cannot be read. */
export async function smallText({
  file,
  bytes,
}: FoundFile): Promise<string | undefined> {
  if (bytes > MOST_TEXT_BYTES) return undefined;
  return readFile(file, "utf8").catch(() => undefined);
}

const END_RECORD = Buffer.from("PK\u0005\u0006", "latin1");
const END_RECORD_BYTES = 22;

/**
 * Whether a zip ends as one must: with its end record (APPNOTE 4.3.16). One with a comment behind it is not recognised: no
 * module's zip has one (golang.org/x/mod/zip, Create).
 */
export async function isWholeZip({ file, bytes }: FoundFile): Promise<boolean> {
  if (bytes < END_RECORD_BYTES) return false;
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const tail = Buffer.alloc(END_RECORD_BYTES);
    const { bytesRead } = await handle.read(
      tail,
      0,
      END_RECORD_BYTES,
      bytes - END_RECORD_BYTES,
    );
    return (
      bytesRead === END_RECORD_BYTES &&
      tail.subarray(0, 4).equals(END_RECORD) &&
      tail.readUInt16LE(END_RECORD_BYTES - 2) === 0
    );
  } catch {
    return false;
  } finally {
    await handle.close().catch(() => undefined);
  }
}
