import type {
  ExchangeCommand,
  ExchangeEvent,
  TimerName,
} from "../exchange/events.js";
import { step } from "../exchange/exchange.js";
import { type ExchangeState, IDLE } from "../exchange/state.js";
import type { BodySink } from "../model/body.js";
import type { ClientRequest } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestKind } from "../model/request-kind.js";
import { Attempts } from "./attempts.js";
import { Delivery } from "./delivery.js";
import {
  type Plan,
  type RelayOptions,
  type Route,
  SHOW_PROGRESS_EVERY_MS,
} from "./options.js";
import { idleSinceMs, type Transfer } from "./idle.js";
import { answerClient } from "./own-answer.js";
import { Pauses } from "./pauses.js";
import type { RunningAttempt } from "./running-attempt.js";
import { Timers } from "./timers.js";
import { Upload } from "./upload.js";

/** Kinds whose head waits for the first byte of its body: until then another source may answer in its place. */
const HEAD_WAITS: ReadonlySet<RequestKind> = new Set([
  "list",
  "info",
  "mod",
  "zip",
  "latest",
  "toolchain",
  "sumdb-supported",
  "sumdb-latest",
  "sumdb-lookup",
  "sumdb-tile",
]);

/**
 * Obeys the exchange machine for one request: its commands become attempts and calls to the client, what happens there becomes
 * its events. Decides nothing itself.
 */
export class RunningExchange {
  private state: ExchangeState = IDLE;
  private route: Route;
  private readonly events: ExchangeEvent[] = [];
  private obeying = false;
  /** Begins what may tell something at once, when all that was commanded is done. */
  private begins: (() => void) | undefined;
  private readonly timers: Timers<TimerName>;
  private readonly pauses: Pauses;
  private readonly attempts: Attempts;
  private readonly upload: Upload | undefined;
  private readonly delivery: Delivery;
  private readonly moving: Transfer;
  private trailers: HeaderList | undefined;
  /** gotap's own answer was what the client asked for. */
  private served = false;
  private shownAtMs = 0;

  constructor(
    private readonly options: RelayOptions,
    private readonly request: ClientRequest,
    private readonly plan: Plan,
    readonly record: ExchangeRecord,
    private readonly finished: (failure: Failure | undefined) => void,
  ) {
    const nowMs = (): number => options.clock.nowMs();
    this.route = plan.route();
    this.timers = new Timers(options.clock);
    this.pauses = new Pauses(options, record, () => {
      this.show();
    });
    this.upload = request.body && new Upload(request.body, nowMs);
    this.attempts = new Attempts(options, request, plan, record, {
      has: () =>
        this.state.name === "resuming" ? this.delivery.bytes : undefined,
      happened: (event) => {
        this.happened(event);
      },
      ready: (attempt, sink) => {
        this.ready(attempt, sink);
      },
      show: () => {
        this.show();
      },
    });
    this.delivery = new Delivery(request.response.sink, nowMs, {
      began: () => {
        this.happened({ type: "body-began" });
      },
      received: (bytes) => {
        this.received(bytes);
      },
      moved: (bytes) => {
        record.responseBytes += bytes;
      },
      joined: () => {
        this.happened({ type: "joined" });
      },
      ended: (trailers) => {
        this.trailers = trailers;
        this.attempts.reader?.end(undefined);
        this.happened({ type: "body-ended" });
      },
      failed: (failure) => {
        this.attempts.reader?.end(failure);
        const { progressed } = this.delivery;
        this.happened({ type: "body-failed", failure, progressed });
      },
    });
    const { attempts, delivery, upload } = this;
    this.moving = { attempts, delivery, upload };
  }

  begin(): void {
    this.show();
    // Calls at once where the client is gone already: not before whoever made this knows it.
    this.request.response.onGone(() => {
      this.happened({ type: "client-gone" });
    });
    this.happened({ type: "begin" });
    void this.plan.known?.then(() => {
      this.routeKnown();
    });
  }

  /** gotap stops: what is open is told so. */
  stop(): void {
    this.happened({ type: "stopped" });
  }

  private routeKnown(): void {
    if (this.state.name === "done") return;
    this.route = this.plan.route();
    this.happened({ type: "stations-known" });
  }

  /** What is commanded may make the next event happen: it waits for its turn. */
  private happened(event: ExchangeEvent): void {
    this.events.push(event);
    if (this.obeying) return;
    this.obeying = true;
    for (;;) {
      const next = this.events.shift();
      if (next === undefined) break;
      const nowMs = this.options.clock.nowMs();
      const { state, commands } = step(
        this.state,
        next,
        this.route.terms,
        nowMs,
      );
      this.state = state;
      for (const command of commands) this.obey(command);
    }
    this.obeying = false;
    const { begins } = this;
    this.begins = undefined;
    begins?.();
  }

  private obey(command: ExchangeCommand): void {
    switch (command.type) {
      case "attempt":
        this.attempt(command);
        break;
      case "follow":
        this.attempts.follow(command.attempt, command.from, this.route);
        break;
      case "ask-stations":
        void this.plan.ask().then(() => {
          this.routeKnown();
        });
        break;
      case "pause":
        this.pause(command);
        break;
      case "cancel-pause":
        this.pauses.end();
        break;
      case "abort":
        this.attempts.abort(command.attempt, command.failure);
        break;
      case "discard":
        this.attempts.discard(command.attempt, command.failure);
        break;
      case "take":
        this.take(command.attempt);
        break;
      case "join":
        this.join(command.attempt);
        break;
      case "arm":
        this.arm(command.timer, command.delayMs);
        break;
      case "disarm":
        this.timers.cancel(command.timer);
        break;
      case "relay-head":
        this.relayHead();
        break;
      case "end-client":
        this.request.response.sink.end(this.trailers);
        break;
      case "answer":
        this.served = answerClient(
          this.options,
          this.request,
          this.record,
          command.failure,
          this.attempts.retryAfterMs,
        );
        break;
      case "reset-client":
        this.request.response.sink.reset(command.failure);
        break;
      case "finish":
        this.finish(command.failure);
        break;
    }
  }

  private attempt({
    attempt,
    fresh,
    reason,
    station: at,
  }: Extract<ExchangeCommand, { type: "attempt" }>): void {
    const station = this.route.stations[at];
    if (station === undefined) return;
    this.attempts.start(attempt, station, this.route, {
      reason,
      fresh: fresh === true,
    });
  }

  private ready(attempt: RunningAttempt, sink: BodySink | undefined): void {
    const written: ExchangeEvent = {
      type: "written",
      attempt: attempt.record.index,
    };
    this.happened(written);
    if (sink === undefined || this.upload === undefined) return;
    attempt.bodySent = true;
    this.upload.begin(sink, {
      moved: (bytes) => {
        this.record.requestBytes += bytes;
        attempt.lastSentAtMs = this.options.clock.nowMs();
      },
      ended: () => {
        attempt.lastSentAtMs = this.options.clock.nowMs();
      },
      // The client's own body broke.
      failed: () => {
        this.happened({ type: "client-gone" });
      },
    });
  }

  private pause(command: Extract<ExchangeCommand, { type: "pause" }>): void {
    const station = this.route.stations[command.station];
    if (station === undefined) return;
    this.pauses.begin(station, this.route.retry, command, (elsewhere) => {
      this.happened({
        type: "pause-over",
        ...(elsewhere === undefined ? {} : { station: elsewhere }),
      });
    });
  }

  private take(index: number): void {
    const attempt = this.attempts.get(index);
    const body = attempt?.body;
    if (body === undefined) return;
    this.attempts.reader = attempt;
    const waits = HEAD_WAITS.has(this.plan.info.kind);
    if (!waits) this.happened({ type: "body-began" });
    const keeps = this.plan.mayBorrow ? "hash" : "end";
    this.begins = () => {
      this.delivery.begin(body, waits ? keeps : "nothing");
    };
  }

  private join(index: number): void {
    const attempt = this.attempts.get(index);
    if (attempt?.body === undefined || attempt.join === undefined) return;
    const { body, join } = attempt;
    this.attempts.reader = attempt;
    this.begins = () => {
      this.delivery.join(body, join);
    };
  }

  private relayHead(): void {
    const head = this.attempts.reader?.head;
    if (head === undefined) return;
    this.record.status = head.status;
    this.attempts.total = head.contentLength;
    const kept = this.options.safeHeaders(head.headers);
    if (kept.length > 0) this.record.responseHeaders = kept;
    this.show();
    this.request.response.head(head);
  }

  private received(bytes: number): void {
    const nowMs = this.options.clock.nowMs();
    const attempt = this.attempts.reader?.record;
    if (attempt === undefined) return;
    attempt.bodyBytes += bytes;
    attempt.lastByteAtMs = nowMs;
    if (nowMs - this.shownAtMs >= SHOW_PROGRESS_EVERY_MS) this.show();
  }

  private finish(failure: Failure | undefined): void {
    this.record.endedAtMs = this.options.clock.nowMs();
    if (failure !== undefined) {
      if (!this.served) this.record.failure = failure;
      this.request.body?.cancel();
    }
    this.begins = undefined;
    this.finished(failure);
    this.show();
  }

  private show(): void {
    this.shownAtMs = this.options.clock.nowMs();
    this.options.observe(this.record, this.request.connection);
  }

  private arm(name: TimerName, delayMs: number): void {
    this.timers.set(name, delayMs, () => {
      this.happened({
        type: "timer",
        timer: name,
        idleSinceMs: idleSinceMs(name, this.options.clock.nowMs(), this.moving),
        progressed: this.delivery.progressed,
      });
    });
  }
}
