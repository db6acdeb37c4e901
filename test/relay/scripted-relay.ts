import type { BodyReader, BodySource } from "../../src/model/body.js";
import type { ClientRequest, ResponseHead } from "../../src/model/client.js";
import type { HeaderList } from "../../src/model/headers.js";
import type { ExchangeRecord } from "../../src/model/record.js";
import type { Station } from "../../src/model/source.js";
import type { AttemptHandlers, Upstream } from "../../src/model/upstream.js";
import { DIRECT } from "../../src/model/way.js";
import type { Plan, RelayOptions } from "../../src/relay/options.js";
import { Relay } from "../../src/relay/relay.js";
import { FakeClock } from "../support/fake-clock.js";
import { ORIGIN, planFor, relayOptions } from "./sample-relay.js";

export const TARGET = "/example.com/a/@v/v1.0.0.zip";

/** One attempt as upstream/ sees it; the test says what comes back. */
export interface ScriptedAttempt {
  host: string;
  headers: HeaderList;
  handlers: AttemptHandlers;
  aborted: boolean;
}

/** A body that the test feeds. */
export class FedBody implements BodySource {
  cancelled = false;
  reader: BodyReader | undefined;

  start(reader: BodyReader): void {
    this.reader = reader;
  }
  pause(): void {}
  resume(): void {}
  cancel(): void {
    this.cancelled = true;
  }
  feed(bytes: Uint8Array): void {
    if (!this.cancelled) this.reader?.data(bytes);
  }
}

/** The own source, then a mirror. */
export const STATIONS: readonly Station[] = [
  station("own", ORIGIN.host),
  station("mirror", "goproxy.io"),
];

function station(role: "own" | "mirror", host: string): Station {
  return {
    source: {
      role,
      name: host,
      origin: { ...ORIGIN, host },
      target: TARGET,
      hostHeader: host,
    },
    way: DIRECT,
  };
}

/** One GET of a zip through the relay, with an upstream and a client of the test's. */
export class ScriptedRelay {
  readonly attempts: ScriptedAttempt[] = [];
  readonly clock = new FakeClock();
  readonly heads: ResponseHead[] = [];
  readonly interims: ResponseHead[] = [];
  readonly written: Uint8Array[] = [];
  ending: "open" | "ended" | "reset" = "open";
  record: ExchangeRecord | undefined;

  constructor(
    stations: readonly Station[] = STATIONS,
    more: Partial<RelayOptions> = {},
    terms: Parameters<typeof planFor>[2] = {},
  ) {
    const sources = [...new Set(stations.map(({ source }) => source.name))];
    const plan = planFor("zip", TARGET, {
      attempts: 3,
      stations: stations.map(({ source }) => ({
        source: sources.indexOf(source.name),
      })),
      ...terms,
    });
    const route = { ...plan.route(), stations };
    const borrowing: Plan = { ...plan, route: () => route, mayBorrow: true };
    const upstream: Pick<Upstream, "attempt"> = {
      attempt: (target, { headers }, _record, _span, handlers) => {
        const attempt = {
          host: target.origin.host,
          headers,
          handlers,
          aborted: false,
        };
        this.attempts.push(attempt);
        return { abort: () => void (attempt.aborted = true) };
      },
    };
    const options = relayOptions(upstream, borrowing, {
      clock: this.clock,
      observe: (record) => {
        this.record = record;
      },
      ...more,
    });
    new Relay(options).request(this.request());
  }

  /** The attempt started last. */
  get last(): ScriptedAttempt {
    const last = this.attempts.at(-1);
    if (last === undefined) throw new Error("there is no attempt");
    return last;
  }

  /** The last attempt answers. */
  answer(status: number, headers: HeaderList, length?: number): FedBody {
    const body = new FedBody();
    this.last.handlers.ready(undefined);
    const head: ResponseHead = { status, headers };
    if (length !== undefined) head.contentLength = length;
    this.last.handlers.response(head, body);
    return body;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.written);
  }

  private request(): ClientRequest {
    return {
      connection: {
        id: 1,
        remoteAddress: "127.0.0.1",
        remotePort: 1,
        localPort: 2,
        openedAtMs: 0,
      },
      via: "connect",
      protocol: "2",
      method: "GET",
      origin: ORIGIN,
      target: TARGET,
      headers: [],
      hostHeader: ORIGIN.host,
      body: undefined,
      receivedAtMs: 0,
      response: {
        head: (head) => void this.heads.push(head),
        informational: (head) => void this.interims.push(head),
        onGone() {},
        sink: {
          write: (chunk) => {
            this.written.push(chunk);
            return true;
          },
          onDrain() {},
          end: () => void (this.ending = "ended"),
          reset: () => void (this.ending = "reset"),
        },
      },
    };
  }
}
