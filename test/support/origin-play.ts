import { setTimeout as sleep } from "node:timers/promises";

import type { Answer, Fault, OriginRequest } from "./origin-answer.js";
import { withRange } from "./origin-range.js";
import type { Wire } from "./origin-wire.js";

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Answers one request, faults and all. Resolves when nothing more will be sent (a stall resolves at once). */
export async function play(
  wire: Wire,
  request: OriginRequest,
  answer: Answer,
): Promise<void> {
  const { fault } = answer;
  if (answer.delayMs !== undefined) await sleep(answer.delayMs);
  if (fault?.kind === "drop" || wire.closed()) return;
  if (fault?.kind === "goaway-unseen") return wire.goawayUnseen(fault.code);
  if (fault?.kind === "raw") return wire.raw(fault.text, fault.after);
  if (fault?.kind === "reset" && fault.atByte === "head") return wire.reset();

  const { status, headers, body } = withRange(request, answer);
  if (fault?.kind === "length")
    headers["content-length"] = String(fault.contentLength);
  request.status = status;
  wire.head(status, headers);
  if (request.method === "HEAD" || status === 204 || status === 304)
    return wire.end();
  if (
    body instanceof Uint8Array &&
    fault === undefined &&
    answer.rate === undefined
  ) {
    request.bodyBytes = body.length;
    return wire.end(body);
  }

  const chunks = body instanceof Uint8Array ? [body] : body;
  await send(wire, request, shaped(chunks, fault, answer.rate), fault);
}

/** The body as it goes out: cut where the fault strikes, paced where a rate or a drip asks for it. */
async function* shaped(
  chunks: Chunks,
  fault: Fault | undefined,
  rate: number | undefined,
): AsyncGenerator<Uint8Array> {
  const strikesAt =
    fault !== undefined && "atByte" in fault && fault.atByte !== "head"
      ? fault.atByte
      : Infinity;
  const piece =
    fault?.kind === "drip"
      ? fault.bytes
      : rate === undefined
        ? Infinity
        : Math.max(1, Math.ceil(rate / 100));
  let sent = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      const take = sent < strikesAt ? Math.min(piece, strikesAt - sent) : piece;
      const part = rest.subarray(0, Math.min(take, rest.length));
      rest = rest.subarray(part.length);
      if (fault?.kind === "wrong-byte" && sent === strikesAt) {
        const wrong = Buffer.from(part);
        wrong[0] = (wrong[0] ?? 0) ^ 0xff;
        yield wrong;
      } else yield part;
      sent += part.length;
      if (fault?.kind === "drip") await sleep(fault.everyMs);
      else if (rate !== undefined) await sleep((part.length / rate) * 1000);
    }
  }
  if (fault?.kind === "overlong") yield Buffer.alloc(fault.extraBytes, "x");
}

async function send(
  wire: Wire,
  request: OriginRequest,
  chunks: AsyncIterable<Uint8Array>,
  fault: Fault | undefined,
): Promise<void> {
  const strikes = (): boolean =>
    fault !== undefined &&
    "atByte" in fault &&
    request.bodyBytes === fault.atByte;
  if (strikes() && strike(wire, fault)) return;
  for await (const chunk of chunks) {
    if (wire.closed()) return;
    request.bodyBytes += chunk.length;
    if (!wire.write(chunk)) await wire.drained();
    if (strikes() && strike(wire, fault)) return;
  }
  if (!wire.closed()) wire.end();
}

/** @returns true when the answer ends here */
function strike(wire: Wire, fault: Fault | undefined): boolean {
  switch (fault?.kind) {
    case "stall":
      return true;
    // An end overtakes what is still under way to the client: the bytes before it shall arrive.
    case "reset":
      setTimeout(() => wire.reset(), 50);
      return true;
    case "truncate":
      setTimeout(() => wire.truncate(), 50);
      return true;
    case "rst-stream":
      setTimeout(() => wire.resetStream(fault.code), 50);
      return true;
    case "goaway":
      wire.goaway(fault.code);
      return false;
    default:
      return false;
  }
}
