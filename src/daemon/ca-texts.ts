import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Larger files are no bundle that git is told of. */
const MAX_BYTES = 8 * 2 ** 20;
const MAX_FILES = 1000;
const MAX_KEPT = 50;

/** The certificates of files and folders that others name, read again when they change. */
export class CaTexts {
  private readonly kept = new Map<
    string,
    { version: string; roots: readonly string[] }
  >();

  /** @param rootsIn the certificates of a text that count */
  constructor(private readonly rootsIn: (text: string) => string[]) {}

  /** Of a file, or of the files of a folder; none where it cannot be read. Never throws. */
  async rootsAt(path: string): Promise<readonly string[]> {
    const found = await stat(path).catch(() => undefined);
    // A FIFO or a device would be read for ever.
    if (found === undefined || !(found.isFile() || found.isDirectory()))
      return [];
    const version = `${found.mtimeMs} ${found.size} ${found.ino}`;
    const known = this.kept.get(path);
    if (known?.version === version) return known.roots;
    const text = found.isFile()
      ? await textOf(path, found.size)
      : await folderText(path);
    const roots = this.rootsIn(text);
    this.kept.delete(path);
    this.kept.set(path, { version, roots });
    const oldest = this.kept.keys().next();
    if (this.kept.size > MAX_KEPT && oldest.done !== true)
      this.kept.delete(oldest.value);
    return roots;
  }
}

async function textOf(path: string, size: number): Promise<string> {
  return size > MAX_BYTES ? "" : readFile(path, "utf8").catch(() => "");
}

async function folderText(path: string): Promise<string> {
  const names = await readdir(path).catch(() => []);
  const texts: string[] = [];
  for (const name of names.slice(0, MAX_FILES)) {
    const file = join(path, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() === true) texts.push(await textOf(file, found.size));
  }
  return texts.join("\n");
}
