import type { BodySource } from "../model/body.js";
import type { ResponseHead } from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { Phase } from "../model/phase.js";
import type { AttemptRecord } from "../model/record.js";
import type { SpanRef } from "../model/span-ref.js";
import type {
  Upstream,
  UpstreamAttempt,
  UpstreamRequest,
  UpstreamTarget,
} from "../model/upstream.js";
import { phaseNow } from "./failed-state.js";

/** So much of a body is read; an `.info` has some hundred bytes. */
const MAX_BODY_BYTES = 65_536;

export interface AskTerms {
  upstream: Upstream;
  clock: Clock;
  /** The CLIENT span of one attempt, to which later users of a connection that it dialled link. */
  span(): SpanRef;
  /** Aborted: the attempt ends at once, and nothing is left of it. */
  signal: AbortSignal;
}

/** One request of a check and what came of it. */
export interface Asked {
  /** Ended. */
  record: AttemptRecord;
  head?: ResponseHead;
  body: Buffer;
  /** The body ended, cleanly, within what is read of one. */
  whole: boolean;
  /** No answer came, or its body broke off. */
  failure?: Failure;
  /** The signal came in this phase. */
  cutIn?: Phase;
}

/** Makes one attempt and reads the beginning of its body, the rest is cancelled. Never rejects. */
export function ask(
  terms: AskTerms,
  target: UpstreamTarget,
  request: UpstreamRequest,
  index: number,
): Promise<Asked> {
  const { clock, signal } = terms;
  const { origin, way } = target;
  const record: AttemptRecord = {
    index,
    way: way.name,
    ...origin,
    target: request.target,
    startedAtMs: clock.nowMs(),
    bodyBytes: 0,
  };
  const asked: Asked = { record, body: Buffer.alloc(0), whole: false };
  if (signal.aborted) {
    record.endedAtMs = record.startedAtMs;
    return Promise.resolve({ ...asked, cutIn: phaseNow(record) });
  }

  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let body: BodySource | undefined;
    let attempt: UpstreamAttempt | undefined;
    let over = false;
    const finish = (failure?: Failure): void => {
      if (over) return;
      over = true;
      signal.removeEventListener("abort", onAbort);
      const nowMs = clock.nowMs();
      for (const phase of [record.wait, record.receive])
        if (phase !== undefined) phase.endedAtMs ??= nowMs;
      record.endedAtMs = nowMs;
      if (failure !== undefined) {
        asked.failure = failure;
        record.failure = failure;
      }
      asked.body = Buffer.concat(chunks);
      resolve(asked);
    };
    const onAbort = (): void => {
      asked.cutIn = phaseNow(record);
      body?.cancel();
      attempt?.abort();
      finish();
    };
    signal.addEventListener("abort", onAbort);

    attempt = terms.upstream.attempt(target, request, record, terms.span(), {
      ready() {},
      informational() {},
      progressed() {},
      response(head, source) {
        asked.head = head;
        body = source;
        if (head.contentLength !== undefined)
          record.contentLength = head.contentLength;
        record.receive = { startedAtMs: clock.nowMs() };
        source.start({
          data(chunk) {
            record.bodyBytes += chunk.length;
            record.lastByteAtMs = clock.nowMs();
            if (record.bodyBytes <= MAX_BODY_BYTES) {
              chunks.push(Uint8Array.from(chunk));
              return;
            }
            source.cancel();
            finish();
          },
          end() {
            asked.whole = true;
            finish();
          },
          failed: finish,
        });
      },
      failed: finish,
    });
  });
}
