import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { onTestFinished } from "vitest";

import { makeFolder, removeFolder } from "../support/temp-folder.js";

/** A folder with these files, by their paths below it; gone when the test is over. */
export function folderOf(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): string {
  const folder = makeFolder("offline");
  onTestFinished(() => {
    removeFolder(folder);
  });
  for (const [path, content] of Object.entries(files))
    put(folder, path, content);
  return folder;
}

export function put(
  folder: string,
  path: string,
  content: string | Uint8Array,
): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
