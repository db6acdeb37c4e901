import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder under the system's temporary one; the caller removes it with `removeFolder`. */
export function makeFolder(label: string): string {
  return mkdtempSync(join(tmpdir(), `gotap-test-${label}-`));
}

/** Removes a folder and all in it; a process that is just ending may still write there, so it is tried more than once. */
export function removeFolder(folder: string): void {
  rmSync(folder, {
    recursive: true,
    force: true,
    maxRetries: 5,
    retryDelay: 50,
  });
}
