import {
  type ExchangeCommand,
  type ExchangeEvent,
  type ExchangeState,
  type ExchangeTerms,
  IDLE,
  step,
  type TimerName,
} from "../exchange/exchange.js";
import type { BodySink, BodySource } from "../model/body.js";
import type { ClientRequest, ResponseHead } from "../model/client.js";
import type { Timer } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import type { UpstreamAttempt, UpstreamRequest } from "../model/upstream.js";
import { beganAttempt, endAttempt, attemptSpan } from "./attempt-record.js";
import { boundedInterims } from "./interims.js";
import {
  type Plan,
  type RelayOptions,
  SHOW_PROGRESS_EVERY_MS,
} from "./options.js";
import { type Pump, pump } from "./pump.js";

/**
 * Obeys the exchange machine for one request: its commands become calls to upstream/ and to the client, what happens there
 * becomes its events. Decides nothing itself.
 */
export class RunningExchange {
  private state: ExchangeState = IDLE;
  private readonly terms: ExchangeTerms;
  private readonly timers = new Map<TimerName, Timer>();
  private attempt: UpstreamAttempt | undefined;
  private attemptRecord: AttemptRecord | undefined;
  private head: ResponseHead | undefined;
  private body: BodySource | undefined;
  private trailers: HeaderList | undefined;
  private upload: Pump | undefined;
  private uploading = false;
  private uploadBytes = 0;
  private lastSentAtMs: number | undefined;
  private download: Pump | undefined;
  private shownAtMs = 0;

  constructor(
    private readonly options: RelayOptions,
    private readonly request: ClientRequest,
    private readonly plan: Plan,
    readonly record: ExchangeRecord,
    private readonly finished: (failure: Failure | undefined) => void,
  ) {
    this.terms = {
      limits: plan.limits,
      repeatable: request.method === "GET" || request.method === "HEAD",
    };
  }

  begin(): void {
    this.show();
    // Calls at once where the client is gone already: not before whoever made this knows it.
    this.request.response.onGone(() => {
      this.happened({ type: "client-gone" });
    });
    this.happened({ type: "begin" });
  }

  /** gotap stops: what is open is told so. */
  stop(): void {
    this.happened({ type: "stopped" });
  }

  private happened(event: ExchangeEvent): void {
    const { state, commands } = step(
      this.state,
      event,
      this.terms,
      this.options.clock.nowMs(),
    );
    this.state = state;
    for (const command of commands) this.obey(command);
  }

  private obey(command: ExchangeCommand): void {
    switch (command.type) {
      case "attempt":
        this.startAttempt();
        break;
      case "abort-attempt":
        this.abortAttempt(command.failure);
        break;
      case "arm":
        this.arm(command.timer, command.delayMs);
        break;
      case "disarm":
        this.disarm(command.timer);
        break;
      case "relay-head":
        this.relayHead();
        break;
      case "end-client":
        this.request.response.sink.end(this.trailers);
        break;
      case "answer":
        this.answer(command.failure);
        break;
      case "reset-client":
        this.request.response.sink.reset(command.failure);
        break;
      case "finish":
        this.finish(command.failure);
        break;
    }
  }

  private startAttempt(): void {
    const { options, plan, record, request } = this;
    const attempt = beganAttempt(
      plan.target,
      record.attempts.length,
      options.clock.nowMs(),
    );
    record.attempts.push(attempt);
    this.attemptRecord = attempt;
    this.lastSentAtMs = undefined;
    const upstreamRequest: UpstreamRequest = {
      method: request.method,
      target: request.target,
      headers: request.headers,
      hostHeader: request.hostHeader,
      hasBody: request.body !== undefined,
    };
    const span = attemptSpan(record.exchangeId, attempt.index, () =>
      options.traceIdOf(request.connection),
    );
    this.attempt = options.upstream.attempt(
      plan.target,
      upstreamRequest,
      attempt,
      span,
      {
        ready: (sink) => {
          this.send(sink);
        },
        response: (head, body) => {
          this.responded(attempt, head, body);
        },
        informational: boundedInterims(request.response, (failure) => {
          this.attempt?.abort();
          this.attemptFailed(attempt, failure);
        }),
        failed: (failure) => {
          this.attemptFailed(attempt, failure);
        },
        progressed: () => {
          this.show();
        },
      },
    );
  }

  private send(sink: BodySink | undefined): void {
    const { body } = this.request;
    this.lastSentAtMs = this.options.clock.nowMs();
    if (sink === undefined || body === undefined) {
      this.happened({ type: "written" });
      return;
    }
    this.uploading = true;
    this.happened({ type: "written" });
    this.upload = pump(body, sink, () => this.options.clock.nowMs(), {
      moved: (bytes) => {
        this.uploadBytes += bytes;
        this.record.requestBytes = this.uploadBytes;
        this.lastSentAtMs = this.options.clock.nowMs();
      },
      ended: (trailers) => {
        this.uploading = false;
        this.lastSentAtMs = this.options.clock.nowMs();
        sink.end(trailers);
      },
      failed: (failure) => {
        // The client's own body broke: what upstream has of it must not look whole.
        this.uploading = false;
        sink.reset(failure);
        this.happened({ type: "client-gone" });
      },
    });
  }

  private responded(
    attempt: AttemptRecord,
    head: ResponseHead,
    body: BodySource,
  ): void {
    attempt.status = head.status;
    if (head.contentLength !== undefined)
      attempt.contentLength = head.contentLength;
    attempt.receive = {
      startedAtMs: attempt.wait?.endedAtMs ?? this.options.clock.nowMs(),
    };
    this.head = head;
    this.body = body;
    this.happened({ type: "responded" });
  }

  private attemptFailed(attempt: AttemptRecord, failure: Failure): void {
    this.endAttempt(failure);
    this.attempt = undefined;
    this.happened({
      type: "attempt-failed",
      failure,
      reused: attempt.reused !== undefined,
      // A body that was begun cannot be begun again.
      bodySent: this.upload !== undefined,
    });
  }

  private relayHead(): void {
    const { head, body } = this;
    if (head === undefined || body === undefined) return;
    this.record.status = head.status;
    const kept = this.options.safeHeaders(head.headers);
    if (kept.length > 0) this.record.responseHeaders = kept;
    this.show();
    this.request.response.head(head);
    this.download = pump(
      body,
      this.request.response.sink,
      () => this.options.clock.nowMs(),
      {
        moved: (bytes) => {
          this.received(bytes);
        },
        ended: (trailers) => {
          this.trailers = trailers;
          this.endAttempt(undefined);
          this.happened({ type: "body-ended" });
        },
        failed: (failure) => {
          this.endAttempt(failure);
          this.happened({ type: "body-failed", failure });
        },
      },
    );
  }

  private received(bytes: number): void {
    const nowMs = this.options.clock.nowMs();
    const attempt = this.attemptRecord;
    if (attempt === undefined) return;
    attempt.bodyBytes += bytes;
    attempt.lastByteAtMs = nowMs;
    this.record.responseBytes += bytes;
    if (nowMs - this.shownAtMs >= SHOW_PROGRESS_EVERY_MS) this.show();
  }

  private abortAttempt(failure: Failure): void {
    this.endAttempt(failure);
    this.body?.cancel();
    this.attempt?.abort();
    this.request.body?.cancel();
  }

  private endAttempt(failure: Failure | undefined): void {
    if (this.attemptRecord !== undefined)
      endAttempt(this.attemptRecord, failure, this.options.clock.nowMs());
  }

  private answer(failure: Failure): void {
    const { status, text } = this.options.answer(
      failure,
      this.record,
      this.request.connection,
    );
    const bytes = Buffer.from(text, "utf8");
    this.record.status = status;
    const { response } = this.request;
    response.head({
      status,
      headers: [
        ["Content-Type", "text/plain; charset=utf-8"],
        ["Content-Length", String(bytes.byteLength)],
      ],
      contentLength: bytes.byteLength,
    });
    if (this.request.method !== "HEAD") {
      response.sink.write(bytes);
      this.record.responseBytes += bytes.byteLength;
    }
    response.sink.end();
  }

  private finish(failure: Failure | undefined): void {
    this.record.endedAtMs = this.options.clock.nowMs();
    if (failure !== undefined) this.record.failure = failure;
    this.finished(failure);
    this.show();
  }

  private show(): void {
    this.shownAtMs = this.options.clock.nowMs();
    this.options.observe(this.record, this.request.connection);
  }

  private arm(name: TimerName, delayMs: number): void {
    this.timers.get(name)?.cancel();
    this.timers.set(
      name,
      this.options.clock.after(delayMs, () => {
        this.timers.delete(name);
        this.happened({
          type: "timer",
          timer: name,
          idleSinceMs: this.idleSinceMs(name),
        });
      }),
    );
  }

  private disarm(name: TimerName | undefined): void {
    if (name !== undefined) {
      this.timers.get(name)?.cancel();
      this.timers.delete(name);
      return;
    }
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Since when upstream owes a byte. While the client is the slow one it owes none. */
  private idleSinceMs(name: TimerName): number {
    const nowMs = this.options.clock.nowMs();
    if (name === "first-byte") {
      const clientOwes =
        this.uploading && this.upload?.blockedSinceMs() === undefined;
      return clientOwes ? nowMs : (this.lastSentAtMs ?? nowMs);
    }
    if (this.download?.blockedSinceMs() !== undefined) return nowMs;
    return Math.max(
      this.attemptRecord?.lastByteAtMs ??
        this.attemptRecord?.receive?.startedAtMs ??
        nowMs,
      this.download?.unblockedAtMs() ?? 0,
    );
  }
}
