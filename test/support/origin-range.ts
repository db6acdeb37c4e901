import type { Answer, OriginRequest } from "./origin-answer.js";

interface Ranged {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** An answer's head and body after its request's Range (RFC 9110 §14.2), honest or not. */
export function withRange(request: OriginRequest, answer: Answer): Ranged {
  const headers = { ...answer.headers };
  const status = answer.status ?? 200;
  const given = answer.body ?? "";
  if (!(given instanceof Uint8Array) && typeof given !== "string")
    return { status, headers, body: given };
  const whole = typeof given === "string" ? Buffer.from(given) : given;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers["range"] ?? "");
  const asIs = request.headers["if-range"];
  if (
    (answer.range ?? false) === false ||
    range === null ||
    status !== 200 ||
    (asIs !== undefined && asIs !== headers["etag"])
  ) {
    headers["content-length"] ??= String(whole.length);
    return { status, headers, body: whole };
  }
  const asked = Number(range[1]);
  const total = whole.length + (answer.range === "wrong-total" ? 1 : 0);
  if (asked >= whole.length)
    return {
      status: 416,
      headers: { "content-range": `bytes */${total}`, "content-length": "0" },
      body: Buffer.alloc(0),
    };
  const from = asked + (answer.range === "wrong-start" ? 1 : 0);
  const to =
    range[2] === ""
      ? whole.length
      : Math.min(whole.length, Number(range[2]) + 1);
  const part = whole.subarray(from, to);
  headers["content-range"] = `bytes ${from}-${to - 1}/${total}`;
  headers["content-length"] ??= String(part.length);
  return {
    status: 206,
    headers,
    body:
      answer.range === "wrong-bytes" ? part.map((byte) => byte ^ 0xff) : part,
  };
}
