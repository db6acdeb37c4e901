import { BreakerBoard } from "../../src/daemon/breaker-board.js";
import type {
  AttemptVerdict,
  BreakerName,
  Entry,
  Pass,
} from "../../src/model/breaker.js";
import type { FailureKind } from "../../src/model/failure.js";
import type { StateChange } from "../../src/model/record.js";
import type { RequestKind } from "../../src/model/request-kind.js";
import type { BreakerSettings } from "../../src/model/settings.js";
import type { Station } from "../../src/model/source.js";
import { DIRECT, type Way } from "../../src/model/way.js";
import { FakeClock } from "../support/fake-clock.js";

export const SOCKS: Way = {
  type: "socks5",
  name: "socks",
  host: "127.0.0.1",
  port: 1080,
};

export function station(
  host = "goproxy.cn",
  way: Way = DIRECT,
  role: "own" | "offline" = "own",
): Station {
  return {
    source: {
      role,
      name: host,
      origin: { scheme: "https", host, port: 443 },
      target: "/m/@v/list",
      hostHeader: host,
    },
    way,
  };
}

export function failure(kind: FailureKind): AttemptVerdict {
  return { type: "failed", failure: { kind } };
}

interface Attempt {
  kind?: RequestKind;
  exchangeId?: string;
  sole?: boolean;
}

/** A board on a clock that stands still; two failed exchanges open a breaker. */
export class BoardScene {
  readonly clock = new FakeClock();
  settings: BreakerSettings = {
    failures: 2,
    failureRate: 0.5,
    windowMs: 30_000,
    openForMs: 15_000,
    halfOpen: 1,
  };
  readonly board = new BreakerBoard({
    clock: this.clock,
    settings: () => this.settings,
  });
  readonly changes: Omit<StateChange, "spanId">[] = [];
  private exchanges = 0;

  constructor() {
    this.board.onChange((change) => this.changes.push(change));
  }

  enter(at = station(), attempt: Attempt = {}): Entry {
    const {
      kind = "zip",
      exchangeId = `x${++this.exchanges}`,
      sole = false,
    } = attempt;
    return this.board.enter(at, kind, exchangeId, sole);
  }

  passOf(at = station(), attempt: Attempt = {}): Pass {
    const entry = this.enter(at, attempt);
    if (!entry.ok) throw new Error(`refused by ${entry.name}`);
    return entry.pass;
  }

  fail(count: number, kind: FailureKind = "reset", at = station()): void {
    for (let i = 0; i < count; i++) this.passOf(at).ended(failure(kind));
  }

  states(): Record<string, BreakerName> {
    return Object.fromEntries(
      this.board.snapshot().map(({ name, state }) => [name, state]),
    );
  }
}
