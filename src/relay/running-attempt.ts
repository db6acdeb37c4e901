import {
  type Broken,
  isContinuable,
  type Join,
  joinOf,
  rangeFields,
} from "../exchange/continuation.js";
import type { ExchangeEvent } from "../exchange/events.js";
import type { BodySink, BodySource } from "../model/body.js";
import type { Pass } from "../model/breaker.js";
import type { ClientRequest, ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { AttemptReason, AttemptRecord } from "../model/record.js";
import type { Station } from "../model/source.js";
import type { Origin } from "../model/way.js";
import type {
  UpstreamAttempt,
  UpstreamRequest,
  UpstreamTarget,
} from "../model/upstream.js";
import { attemptSpan, beganAttempt, endAttempt } from "./attempt-record.js";
import { boundedInterims } from "./interims.js";
import type { Plan, Redirect, RelayOptions, Route } from "./options.js";
import { verdictOf } from "./verdict.js";
import { bytesSource, wholeBody } from "./whole-body.js";

/** What one attempt is about. */
export interface AttemptTask {
  index: number;
  station: Station;
  reason: AttemptReason | undefined;
  fresh: boolean;
  /** No other station is there. */
  sole: boolean;
  /** What it is to continue, and whether it is the very source that broke off. */
  broken?: Broken & { sameSource: boolean };
  exchangeId: string;
  request: ClientRequest;
  plan: Plan;
  route: Route;
}

export interface AttemptEvents {
  happened(event: ExchangeEvent): void;
  /** The request can be written. */
  ready(attempt: RunningAttempt, sink: BodySink | undefined): void;
  redirected(attempt: number, to: Station): void;
  /** Whether go's request comes to this host for the first time: asked once an attempt is let through. */
  isFirst(origin: Origin): boolean;
  /** Its breaker is open, for so long. */
  refused(retryAfterMs: number): void;
  progressed(): void;
}

/** One try upstream: asks the breaker, starts it, looks at its answer's head and says what it is. */
export class RunningAttempt {
  readonly record: AttemptRecord;
  readonly station: Station;
  /** When its answer was taken. */
  head: ResponseHead | undefined;
  body: BodySource | undefined;
  /** How it continues what broke off. */
  join: Join | undefined;
  lastSentAtMs: number | undefined;
  /** A byte of the request's body may be gone. */
  bodySent = false;
  private retryAfterMs: number | undefined;
  private upstream: UpstreamAttempt | undefined;
  private pass: Pass | undefined;

  constructor(
    private readonly options: RelayOptions,
    private readonly task: AttemptTask,
    private readonly events: AttemptEvents,
  ) {
    const { station, reason, broken, index } = task;
    const { source, way } = station;
    this.station = station;
    this.record = beganAttempt(
      source.origin,
      way,
      index,
      options.clock.nowMs(),
    );
    if (reason !== undefined) this.record.reason = reason;
    if (source.role !== "own") this.record.source = source.role;
    if (source.target !== task.request.target)
      this.record.target = source.target;
    if (broken !== undefined) this.record.resumedAt = broken.have;
  }

  /** Starts it. Nothing is told before this returns, but what the breaker refuses. */
  begin(): void {
    const { gate, rules } = this.options;
    const { exchangeId, plan, route, sole, station } = this.task;
    const entry = gate.enter(station, plan.info.kind, exchangeId, sole);
    if (!entry.ok) {
      this.events.refused(entry.retryAfterMs);
      this.failed({
        kind: "breaker-open",
        cause: `the breaker of ${entry.name} is open`,
      });
      return;
    }
    this.pass = entry.pass;
    if (this.events.isFirst(station.source.origin))
      rules.sent(station, route.retry);
    const { file } = station.source;
    if (file === undefined) this.send();
    else void this.read(file);
  }

  /** Given up: no event comes any more. */
  abort(failure: Failure): void {
    this.end(failure);
    this.drop();
  }

  /** Its answer is not used. */
  discard(failure: Failure): void {
    this.record.unused = true;
    this.end(failure);
    this.drop();
  }

  /** Its record is closed, and the breaker hears of it; the first cause wins. */
  end(failure: Failure | undefined): void {
    endAttempt(this.record, failure, this.options.clock.nowMs());
    const { pass } = this;
    this.pass = undefined;
    const { status, upstreamConnectionId } = this.record;
    pass?.ended(
      verdictOf(failure, status, this.retryAfterMs, upstreamConnectionId),
    );
  }

  private drop(): void {
    this.body?.cancel();
    this.upstream?.abort();
  }

  private send(): void {
    const { options, record, station } = this;
    const { exchangeId, fresh, plan, request, route } = this.task;
    const target: UpstreamTarget = {
      origin: station.source.origin,
      way: station.way,
      limits: route.dial,
      ...(plan.pinnedTo === undefined ? {} : { pinnedTo: plan.pinnedTo }),
      ...(station.trust === undefined ? {} : { trust: station.trust }),
      ...(fresh ? { fresh } : {}),
    };
    const span = attemptSpan(exchangeId, record.index, () =>
      options.traceIdOf(request.connection),
    );
    this.upstream = options.upstream.attempt(
      target,
      this.upstreamRequest(),
      record,
      span,
      {
        ready: (sink) => {
          this.pass?.reached();
          this.lastSentAtMs = options.clock.nowMs();
          this.events.ready(this, sink);
        },
        response: (head, body) => {
          this.responded(head, body);
        },
        informational: boundedInterims(
          // What another host says beside its answer is not for go (SPEC §4).
          station.source.role === "own" ? request.response : UNHEARD,
          (failure) => {
            this.upstream?.abort();
            this.failed(failure);
          },
        ),
        failed: (failure) => {
          this.failed(failure);
        },
        progressed: () => {
          this.events.progressed();
        },
      },
    );
  }

  private upstreamRequest(): UpstreamRequest {
    const { broken, request, station } = this.task;
    const { role, target, hostHeader } = station.source;
    const fields =
      role === "own"
        ? request.headers
        : this.options.rules.borrowedHeaders(request.headers);
    return {
      method: request.method,
      target,
      headers:
        broken?.sameSource === true
          ? [...fields, ...rangeFields(broken)]
          : fields,
      hostHeader,
      hasBody: request.body !== undefined,
    };
  }

  private async read(file: string): Promise<void> {
    const answer = await this.options.openFile(file);
    if (this.record.endedAtMs !== undefined) {
      if ("body" in answer) answer.body.cancel();
      return;
    }
    if ("body" in answer) this.responded(answer.head, answer.body);
    else this.failed(answer);
  }

  private responded(head: ResponseHead, body: BodySource): void {
    const { clock } = this.options;
    const { record } = this;
    record.status = head.status;
    if (head.contentLength !== undefined)
      record.contentLength = head.contentLength;
    record.receive = {
      startedAtMs: record.wait?.endedAtMs ?? clock.nowMs(),
    };
    this.head = head;
    this.body = body;
    if (head.status < 300) this.pass?.answered();
    else this.pass?.reached();
    this.judge(head);
  }

  /** What the answer's head says it is. */
  private judge(head: ResponseHead): void {
    const { broken, plan, station } = this.task;
    const { rules } = this.options;
    const { role, origin, target } = station.source;
    const refusal = rules.refusal(head);
    this.retryAfterMs = refusal?.retryAfterMs;
    if (role === "own" && refusal !== undefined) {
      // Where go may ask the database itself, gotap has a better answer to whether a proxy serves it (FACTS G5).
      const isSupported = plan.info.kind === "sumdb-supported";
      this.rejected(refusal.failure, broken === undefined && !isSupported);
      return;
    }
    if (role !== "own" && role !== "offline") {
      const said = rules.borrowed(head, plan.info, { origin, target });
      if (said.type === "reject") return this.rejected(said.failure, false);
      if (said.type === "follow") return this.redirected(said);
      this.head = said.head;
      if (rules.note(plan.info) !== undefined) return this.checkNote();
    }
    this.answered(head);
  }

  private answered(head: ResponseHead): void {
    const { broken, index, plan, request, station } = this.task;
    if (broken !== undefined) {
      const join = joinOf(head, broken, broken.sameSource);
      if ("kind" in join) return this.rejected(join, false);
      this.join = join;
    } else if (head.status === 206 && station.source.role !== "own")
      return this.rejected(UNASKED_PIECE, false);
    this.events.happened({
      type: "responded",
      attempt: index,
      continuable: isContinuable(
        plan.info.kind,
        request.method,
        request.headers,
        head,
      ),
    });
  }

  /** What a checksum database signs is handed on only when it did, whoever it comes from. */
  private checkNote(): void {
    const { body, head } = this;
    if (body === undefined || head === undefined) return;
    wholeBody(body, (bytes) => {
      if ("kind" in bytes) return this.failed(bytes);
      const { rules } = this.options;
      const failure = rules.note(this.task.plan.info)?.(bytes);
      if (failure !== undefined) return this.rejected(failure, false);
      this.body = bytesSource(bytes);
      this.answered(head);
    });
  }

  private redirected(to: Redirect): void {
    const { index, station } = this.task;
    this.record.unused = true;
    this.end(undefined);
    this.drop();
    const { hostHeader, origin, target } = to;
    const source = { ...station.source, hostHeader, origin, target };
    this.events.redirected(index, { ...station, source });
    this.events.happened({ type: "redirected", attempt: index });
  }

  private rejected(failure: Failure, presentable: boolean): void {
    const { retryAfterMs } = this;
    this.events.happened({
      type: "rejected",
      attempt: this.task.index,
      failure,
      presentable,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  private failed(failure: Failure): void {
    this.end(failure);
    this.upstream = undefined;
    this.events.happened({
      type: "attempt-failed",
      attempt: this.task.index,
      failure,
      reused: this.record.reused !== undefined,
      bodySent: this.bodySent,
    });
  }
}

const UNHEARD = { informational() {} };

/** No Range is ever sent to another source but to continue a body. */
const UNASKED_PIECE: Failure = {
  kind: "protocol",
  phase: "wait",
  cause: "206 to a request without Range",
};
