/**
 * Hears what goes wrong with stdout and stderr. A reader that has gone (`gotap show | head`) is no failure: what it does not
 * want is dropped without a word. Anything else (a full disk) is told once and makes the exit code 1.
 */
export function hearOutputErrors({
  stdout,
  stderr,
}: {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}): { failed(): boolean } {
  let failed = false;
  const hear = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return;
    if (!failed) stderr.write(`gotap: cannot write: ${error.message}\n`);
    failed = true;
  };
  stdout.on("error", hear);
  stderr.on("error", () => {
    // There is nobody left to tell.
  });
  return { failed: () => failed };
}

/** Resolves when all that was written has left this process, or cannot. */
export async function written(
  ...streams: NodeJS.WritableStream[]
): Promise<void> {
  const all = streams.map(
    (stream) => new Promise((resolve) => stream.write("", resolve)),
  );
  await Promise.all(all);
}
