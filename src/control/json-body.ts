import type { IncomingMessage } from "node:http";

import type { Answer } from "./routes.js";

/** The longest request that is read. */
const LONGEST_BODY_BYTES = 1 << 20;

type Body = { ok: true; value: unknown } | { ok: false; refusal: Answer };

/** Reads a bounded JSON body; `undefined` where there is none. Never throws: a peer that goes away is a refusal as well. */
export async function readJsonBody(request: IncomingMessage): Promise<Body> {
  // Giving up must not destroy the socket: the refusal goes out on it.
  const unread = request.iterator({ destroyOnReturn: false });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of unread as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LONGEST_BODY_BYTES)
        return refused(
          413,
          "TOO_LARGE",
          `a body has at most ${LONGEST_BODY_BYTES} bytes`,
        );
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    return { ok: true, value: text === "" ? undefined : JSON.parse(text) };
  } catch (error) {
    return refused(400, "BAD_REQUEST", `no JSON: ${(error as Error).message}`);
  }
}

function refused(status: number, code: string, message: string): Body {
  return {
    ok: false,
    refusal: { status, content: { error: { code, message } } },
  };
}
