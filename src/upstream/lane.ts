import type { Timer } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { Dialled } from "./dial.js";
import { H1Connection } from "./h1-connection.js";
import { H2Connection } from "./h2-connection.js";
import type { LaneTerms } from "./lane-terms.js";
import { PoolDial } from "./pool-dial.js";
import type { Result } from "./result.js";
import type { Waiter } from "./waiter.js";

/** After a further connection could not be had, so many times `growMs` pass before the next try. */
const GROW_PAUSE = 20;

/**
 * All connections of one pool key, the dials under way, and the attempts that wait. While it is not known what the place
 * speaks, or it is HTTP/2, one dial is made and everybody waits for it; HTTP/1.1 takes a dial for each attempt.
 */
export class Lane {
  private readonly h2 = new Set<H2Connection>();
  private readonly h1 = new Set<H1Connection>();
  /** The last one used is at the end, and is used first. */
  private readonly idleH1: H1Connection[] = [];
  private readonly dials = new Set<PoolDial>();
  private waiting: Waiter[] = [];
  private growTimer: Timer | undefined;
  private growFactor = 1;
  private closing = false;

  constructor(private readonly terms: LaneTerms) {}

  acquire(waiter: Waiter): void {
    if (waiter.target.fresh === true) return this.dial(waiter, false);
    const kept = this.takeIdle();
    if (kept !== undefined) return this.give(kept, waiter);
    const open = this.waiting.length === 0 ? this.withSlot() : undefined;
    if (open !== undefined) return waiter.ride(open);
    if (!this.mayShare()) return this.dial(waiter, false);
    const busy = this.sharedDial()?.span ?? this.usable()[0]?.facts.dialledBy;
    if (busy === undefined) return this.dial(waiter, true);
    this.waiting.push(waiter);
    waiter.queued(busy);
    this.armGrowth();
  }

  /** The attempt is gone. A dial that it began goes on if others wait for it. */
  release(waiter: Waiter): void {
    this.waiting = this.waiting.filter((one) => one !== waiter);
    for (const dial of this.dials) {
      if (dial.owner === waiter) dial.leave();
      this.endUnwanted(dial);
    }
    this.checkEmpty();
  }

  /** Connections without work close now, the others when their work is done. */
  close(): void {
    this.closing = true;
    for (const connection of this.idleH1.splice(0)) connection.close();
    this.closeServed();
  }

  /** Everything ends now. */
  destroy(failure: Failure): void {
    const left = new Set(this.waiting.splice(0));
    for (const dial of this.dials) {
      if (dial.owner !== undefined) left.add(dial.owner);
      this.drop(dial);
    }
    for (const waiter of left) waiter.failed(failure);
    for (const connection of this.h1) connection.close();
    for (const connection of this.h2) connection.destroy();
    this.checkEmpty();
  }

  private mayShare(): boolean {
    const { key, protocols, target } = this.terms;
    return (
      target.origin.scheme === "https" &&
      target.pinnedTo === undefined &&
      (this.usable().length > 0 || protocols.get(key) !== "http/1.1")
    );
  }

  private usable(): H2Connection[] {
    return [...this.h2].filter((one) => one.usable);
  }

  private withSlot(): H2Connection | undefined {
    for (const one of this.h2) if (one.hasSlot) return one;
    return undefined;
  }

  private takeIdle(): H1Connection | undefined {
    for (;;) {
      const last = this.idleH1.pop();
      if (last === undefined || last.usable) return last;
      last.close();
    }
  }

  private sharedDial(): PoolDial | undefined {
    for (const one of this.dials) if (one.shared) return one;
    return undefined;
  }

  private dial(owner: Waiter, shared: boolean): void {
    const dial = new PoolDial(owner, shared, this.terms);
    this.dials.add(dial);
    owner.dialling(dial.record, this.waiting.includes(owner));
    dial.begin(owner.target, (result) => {
      this.dialled(result, dial);
    });
  }

  private dialled(result: Result<Dialled>, dial: PoolDial): void {
    if (!this.dials.delete(dial)) {
      // Dropped in the instant in which it was done.
      if (result.ok) result.value.socket.destroy();
      return;
    }
    if (!result.ok) this.dialFailed(result.failure, dial);
    else if (result.value.protocol === "h2") this.addH2(result.value, dial);
    else this.addH1(result.value, dial);
    this.checkEmpty();
  }

  private dialFailed(failure: Failure, dial: PoolDial): void {
    const { owner } = dial;
    const queued = owner !== undefined && this.waiting.includes(owner);
    if (this.usable().length > 0) {
      // Only one more connection could not be had: who waits for a slot goes on waiting.
      if (!queued) owner?.failed(failure);
      this.growFactor = GROW_PAUSE;
      this.armGrowth();
      return;
    }
    const all = dial.shared ? this.waiting.splice(0) : [];
    if (owner !== undefined && !all.includes(owner)) all.unshift(owner);
    for (const one of all) one.failed(failure);
  }

  private addH2(dialled: Dialled, dial: PoolDial): void {
    const { terms } = this;
    terms.protocols.put(terms.key, "h2");
    this.growFactor = 1;
    if (dialled.socket.destroyed) return this.dialFailed(closedAtOnce(), dial);
    const connection = new H2Connection(
      this.facts(dialled, dial),
      dialled.socket,
      {
        clock: terms.dialContext.clock,
        idleMs: terms.tuning.idleMs,
        pingMs: terms.tuning.pingMs,
        scheme: terms.target.origin.scheme,
        windows: terms.windows,
        slotsChanged: () => {
          this.serve();
        },
        draining: () => {
          this.serveOrDial();
        },
        gone: (one) => {
          this.h2.delete(one);
          this.checkEmpty();
        },
      },
    );
    this.h2.add(connection);
    const { owner } = dial;
    // Who asked for a fresh connection gets this one, and not the first that has a slot.
    if (owner?.target.fresh === true) owner.ride(connection);
    else if (owner !== undefined)
      this.waiting = [owner, ...this.waiting.filter((one) => one !== owner)];
    this.serve();
  }

  private addH1(dialled: Dialled, dial: PoolDial): void {
    const { terms } = this;
    if (
      terms.target.pinnedTo === undefined &&
      terms.target.origin.scheme === "https"
    )
      terms.protocols.put(terms.key, "http/1.1");
    const others = dial.shared ? this.waiting.splice(0) : [];
    if (dialled.socket.destroyed) {
      this.waiting = others;
      return this.dialFailed(closedAtOnce(), dial);
    }
    const connection = new H1Connection(
      this.facts(dialled, dial),
      dialled.socket,
      {
        clock: terms.dialContext.clock,
        idleMs: terms.tuning.idleMs,
        target: terms.target,
        idle: (one) => {
          this.keep(one);
        },
        gone: (one) => {
          this.h1.delete(one);
          const at = this.idleH1.indexOf(one);
          if (at >= 0) this.idleH1.splice(at, 1);
          this.checkEmpty();
        },
      },
    );
    this.h1.add(connection);
    const rider = dial.owner ?? others[0];
    this.give(connection, rider);
    // Those who waited for HTTP/2 need a connection each.
    for (const one of others) if (one !== rider) this.acquire(one);
  }

  private give(connection: H1Connection, rider: Waiter | undefined): void {
    if (rider === undefined || rider.onlyWarms) {
      connection.rest();
      this.keep(connection);
    }
    rider?.ride(connection);
  }

  private facts(dialled: Dialled, dial: PoolDial): H2Connection["facts"] {
    const { peerAddress, peerPort, tlsVersion } = dialled;
    return {
      id: this.terms.nextConnectionId(),
      dialledBy: dial.span,
      ...(peerAddress === undefined ? {} : { peerAddress }),
      ...(peerPort === undefined ? {} : { peerPort }),
      ...(tlsVersion === undefined ? {} : { tlsVersion }),
    };
  }

  private keep(connection: H1Connection): void {
    if (this.closing) return connection.close();
    this.idleH1.push(connection);
    if (this.idleH1.length > this.terms.tuning.maxIdlePerKey)
      this.idleH1.shift()?.close();
  }

  /** Gives free slots to those who wait, in their order. */
  private serve(): void {
    for (;;) {
      if (this.waiting.length === 0) break;
      const open = this.withSlot();
      if (open === undefined) break;
      const next = this.waiting.shift();
      if (next === undefined) break;
      next.ride(open);
      for (const dial of this.dials) if (dial.owner === next) dial.leave();
    }
    this.armGrowth();
    for (const dial of this.dials) this.endUnwanted(dial);
    this.closeServed();
  }

  private closeServed(): void {
    if (!this.closing || this.waiting.length > 0) return;
    for (const connection of this.h2) connection.close();
  }

  /** A connection takes no more requests. */
  private serveOrDial(): void {
    this.serve();
    if (this.usable().length > 0 || this.sharedDial() !== undefined) return;
    const first = this.waiting.shift();
    if (first !== undefined) this.dial(first, true);
  }

  /** As Go does, but not at once: who waits too long for a slot makes one more connection, and waits for both. */
  private armGrowth(): void {
    const idle = this.waiting.length === 0 || this.sharedDial() !== undefined;
    if (idle || this.h2.size >= this.terms.tuning.maxConnectionsPerKey) {
      this.growTimer?.cancel();
      this.growTimer = undefined;
      return;
    }
    const { dialContext, tuning } = this.terms;
    this.growTimer ??= dialContext.clock.after(
      tuning.growMs * this.growFactor,
      () => {
        this.growTimer = undefined;
        const [first] = this.waiting;
        if (first !== undefined && this.sharedDial() === undefined)
          this.dial(first, true);
      },
    );
  }

  private endUnwanted(dial: PoolDial): void {
    if (dial.owner !== undefined) return;
    if (!dial.shared || this.waiting.length === 0) this.drop(dial);
  }

  private drop(dial: PoolDial): void {
    this.dials.delete(dial);
    dial.leave();
    dial.abort();
  }

  private checkEmpty(): void {
    const left =
      this.h1.size + this.h2.size + this.dials.size + this.waiting.length;
    if (left > 0) return;
    this.growTimer?.cancel();
    this.terms.emptied();
  }
}

function closedAtOnce(): Failure {
  return {
    kind: "reset",
    phase: "wait",
    cause: "the connection was closed as soon as it was made",
  };
}
