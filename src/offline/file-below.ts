import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

export interface FoundFile {
  /** Absolute, free of symbolic links. */
  file: string;
  bytes: number;
}

/**
 * A plain file that is not empty and lies, after all symbolic links, below the root. The root itself may be a link.
 * @param parts path elements below the root
 * @returns undefined where there is none, or it cannot be reached. Never rejects
 */
export async function fileBelow(
  root: string,
  ...parts: readonly string[]
): Promise<FoundFile | undefined> {
  try {
    const [top, file] = await Promise.all([
      realpath(root),
      realpath(join(root, ...parts)),
    ]);
    const prefix = top.endsWith(sep) ? top : top + sep;
    if (!file.startsWith(prefix)) return undefined;
    const found = await stat(file);
    // go creates look-ups and tiles empty, and fills them then (cmd/go/internal/modfetch, ReadCache).
    return found.isFile() && found.size > 0
      ? { file, bytes: found.size }
      : undefined;
  } catch {
    return undefined;
  }
}
