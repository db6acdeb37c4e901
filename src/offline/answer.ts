import { constants } from "node:fs";
import { open } from "node:fs/promises";

import type { BodySource } from "../model/body.js";
import type { ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import { contentTypeOf } from "./content-type.js";
import { FileBody } from "./file-body.js";

/**
 * A file as a response: 200, its type and its length. Whoever gets it starts the body or cancels it; the file is open until the
 * body's end. Never rejects: a file that is gone or cannot be read is `not-there`.
 * @param file as a store found it
 */
export async function openOfflineAnswer(
  file: string,
): Promise<{ head: ResponseHead; body: BodySource } | Failure> {
  try {
    // Without O_NONBLOCK a pipe in its place would hold the thread until somebody writes to it.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat().catch(() => undefined);
    if (found?.isFile() !== true) {
      await handle.close();
      return notThere("no plain file");
    }
    const headers = [
      ["content-type", contentTypeOf(file)],
      ["content-length", String(found.size)],
    ] as const;
    return {
      head: { status: 200, headers, contentLength: found.size },
      body: new FileBody(handle, found.size),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return notThere(message, code);
  }
}

function notThere(cause: string, code?: string): Failure {
  return {
    kind: "not-there",
    ...(code === undefined ? {} : { code }),
    cause,
  };
}
