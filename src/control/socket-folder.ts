import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";

import { GotapError } from "../model/failure.js";

/**
 * Makes the folder of control sockets, 0700 from its creation on.
 * @throws GotapError CONTROL_FOLDER where it cannot be made, or where others could have made or could enter it (it may stand
 *   in a temporary folder that everybody may write to)
 */
export function makeSocketFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new GotapError(
      "CONTROL_FOLDER",
      `the folder for control sockets cannot be made: ${(error as Error).message}`,
      "set GOTAP_HOME to a folder that can be written to",
      1,
      { cause: error },
    );
  }
  if (isPrivate(folder)) return;
  throw new GotapError(
    "CONTROL_FOLDER",
    `${folder} is open to other users`,
    `if it is yours: chmod 700 ${folder}`,
  );
}

/** False also where there is no such folder. Windows keeps it private by where it is. */
export function isPrivate(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) return false;
    if (process.getuid === undefined) return true;
    return stat.uid === process.getuid() && (stat.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** What to listen on and connect to: the file itself, or on Windows the named pipe that stands for it. */
export function socketAddress(socketFile: string): string {
  if (process.platform !== "win32") return socketFile;
  const mark = createHash("sha256").update(socketFile.toLowerCase());
  return `\\\\.\\pipe\\gotap-${mark.digest("hex").slice(0, 32)}`;
}
