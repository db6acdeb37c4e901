import { strongEtag } from "../exchange/continuation.js";
import type { ExchangeEvent } from "../exchange/events.js";
import type { BodySink } from "../model/body.js";
import type { ClientRequest } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { AttemptReason, ExchangeRecord } from "../model/record.js";
import type { Source, Station } from "../model/source.js";
import type { Plan, RelayOptions, Route } from "./options.js";
import { type AttemptTask, RunningAttempt } from "./running-attempt.js";

/** Of redirects that one mirror sends. */
const MOST_HOPS = 5;

export interface AttemptsEvents {
  /** Bytes of the body that the client has, where attempts are to continue it. */
  has(): number | undefined;
  happened(event: ExchangeEvent): void;
  ready(attempt: RunningAttempt, sink: BodySink | undefined): void;
  show(): void;
}

/** All attempts of one exchange, and which of them is read. */
export class Attempts {
  /** The one whose body is read, or was read when it broke off. */
  reader: RunningAttempt | undefined;
  /** Content-Length of the answer whose head the client has. */
  total: number | undefined;
  /** Until an open breaker would let a try through: the shortest that was said. */
  retryAfterMs: number | undefined;
  /** Where this request has been. */
  private readonly origins = new Set<string>();
  private readonly byIndex = new Map<number, RunningAttempt>();
  /** By the attempt that was told so. */
  private readonly redirects = new Map<number, { to: Station; hops: number }>();

  constructor(
    private readonly options: RelayOptions,
    private readonly request: ClientRequest,
    private readonly plan: Plan,
    private readonly record: ExchangeRecord,
    private readonly events: AttemptsEvents,
  ) {}

  get(index: number): RunningAttempt | undefined {
    return this.byIndex.get(index);
  }

  /** The one that was started last, of those that are under way. */
  newest(): RunningAttempt | undefined {
    return [...this.byIndex.values()].findLast(
      ({ record }) => record.endedAtMs === undefined,
    );
  }

  abort(index: number, failure: Failure): void {
    this.byIndex.get(index)?.abort(failure);
  }

  discard(index: number, failure: Failure): void {
    this.byIndex.get(index)?.discard(failure);
  }

  /** Goes where the answer of `from` points to. */
  follow(index: number, from: number, route: Route): void {
    const redirect = this.redirects.get(from);
    if (redirect === undefined) return;
    const { hops, to } = redirect;
    this.redirects.set(index, redirect);
    if (hops > MOST_HOPS)
      this.events.happened({
        type: "attempt-failed",
        attempt: index,
        failure: {
          kind: "not-there",
          cause: `more than ${MOST_HOPS} redirects`,
        },
        reused: false,
        bodySent: false,
      });
    else this.start(index, to, route, { reason: "redirect", fresh: false });
  }

  start(
    index: number,
    station: Station,
    route: Route,
    how: { reason: AttemptReason | undefined; fresh: boolean },
  ): void {
    const { events, record } = this;
    const task: AttemptTask = {
      index,
      station,
      reason: how.reason,
      fresh: how.fresh,
      sole: route.terms.stationsKnown && route.stations.length === 1,
      ...this.broken(station),
      exchangeId: record.exchangeId,
      request: this.request,
      plan: this.plan,
      route,
    };
    const attempt = new RunningAttempt(this.options, task, {
      happened: (event) => {
        events.happened(event);
      },
      ready: (one, sink) => {
        events.ready(one, sink);
      },
      redirected: (from, to) => {
        const hops = (this.redirects.get(from)?.hops ?? 0) + 1;
        this.redirects.set(from, { to, hops });
      },
      isFirst: ({ host, port, scheme }) => {
        const before = this.origins.size;
        this.origins.add(`${scheme}://${host}:${port}`);
        return this.origins.size > before;
      },
      refused: (retryAfterMs) => {
        const shortest = Math.min(this.retryAfterMs ?? Infinity, retryAfterMs);
        this.retryAfterMs = shortest;
      },
      progressed: () => {
        events.show();
      },
    });
    this.byIndex.set(index, attempt);
    record.attempts.push(attempt.record);
    attempt.begin();
    events.show();
  }

  /** What an attempt has to fit. */
  private broken(station: Station): Pick<AttemptTask, "broken"> {
    const { reader, total } = this;
    const have = this.events.has();
    if (have === undefined || total === undefined) return {};
    const etag = strongEtag(reader?.head?.headers ?? []);
    return {
      broken: {
        have,
        total,
        ...(etag === undefined ? {} : { etag }),
        sameSource: isSameSource(reader?.station.source, station.source),
      },
    };
  }
}

/** By where it is: the stations are made anew when a session's settings come to light. */
function isSameSource(a: Source | undefined, b: Source): boolean {
  return (
    a !== undefined &&
    a.target === b.target &&
    a.file === b.file &&
    a.origin.scheme === b.origin.scheme &&
    a.origin.host === b.origin.host &&
    a.origin.port === b.origin.port
  );
}
