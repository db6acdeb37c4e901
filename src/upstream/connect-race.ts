import { connect, type Socket } from "node:net";

import type { Clock, Timer } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { DialRecord } from "../model/record.js";
import { type Address, hostPort, interleaveFamilies } from "./address.js";
import { hearErrors } from "./hear-errors.js";
import { limitedStep } from "./limited-step.js";
import { failed, type Result, success } from "./result.js";
import { connectFailure } from "./system-error.js";

export interface RaceTerms {
  clock: Clock;
  /** Of the whole race; 0: no limit. */
  limitMs: number;
  staggerMs: number;
  /** A tunnel's socket outlives the peer's FIN. */
  allowHalfOpen: boolean;
  signal: AbortSignal;
  /** Gets one entry for each address that is tried. */
  entries: DialRecord["connects"];
  /** After each change of `entries`. */
  progressed(): void;
}

interface Runner {
  socket: Socket;
  entry: DialRecord["connects"][number];
}

/** A span has room for so many addresses (src/model/span-ref.ts). */
const MAX_ADDRESSES = 55;

/**
 * Happy eyeballs (RFC 8305 §5): one connection for each address, started `staggerMs` apart, or at once when the one before
 * failed; none is given up before another has connected (FACTS L24: Node's own `autoSelectFamily` does, and then hangs). The
 * first to connect wins and the others are closed.
 * @returns the connected socket; when every address failed, the failure of the first
 */
export function connectRace(
  addresses: readonly Address[],
  port: number,
  terms: RaceTerms,
): Promise<Result<Socket>> {
  const todo = interleaveFamilies(addresses).slice(0, MAX_ADDRESSES);
  const onLimit: Failure = {
    kind: "connect-timeout",
    phase: "connect",
    cause: `no answer from ${todo.map((one) => hostPort(one.address, port)).join(", ")}`,
  };
  return limitedStep<Socket>({ ...terms, onLimit }, (settle) => {
    const running = new Set<Runner>();
    let firstFailure: Failure | undefined;
    let winner: Socket | undefined;
    let stagger: Timer | undefined;

    const startNext = (): void => {
      stagger?.cancel();
      const next = todo.shift();
      if (next === undefined) return;
      start(next);
      if (todo.length > 0)
        stagger = terms.clock.after(terms.staggerMs, startNext);
    };

    const start = ({ address, family }: Address): void => {
      const entry: Runner["entry"] = {
        startedAtMs: terms.clock.nowMs(),
        address,
        port,
      };
      terms.entries.push(entry);
      const socket = connect({
        host: address,
        port,
        family,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
        allowHalfOpen: terms.allowHalfOpen,
        autoSelectFamily: false,
      });
      hearErrors(socket);
      const runner = { socket, entry };
      running.add(runner);
      socket.once("connect", () => {
        if (!running.delete(runner)) return;
        entry.endedAtMs = terms.clock.nowMs();
        winner = socket;
        socket.removeListener("error", onError);
        terms.progressed();
        settle(success(socket));
      });
      const onError = (error: Error): void => {
        if (!running.delete(runner)) return;
        const failure = connectFailure(error);
        entry.endedAtMs = terms.clock.nowMs();
        entry.failure = failure;
        firstFailure ??= failure;
        terms.progressed();
        if (todo.length > 0) startNext();
        else if (running.size === 0) settle(failed(firstFailure));
      };
      socket.once("error", onError);
      terms.progressed();
    };

    startNext();
    return (cutShort) => {
      stagger?.cancel();
      for (const { socket, entry } of running) {
        entry.endedAtMs = terms.clock.nowMs();
        if (cutShort?.kind === "connect-timeout") entry.failure = cutShort;
        socket.destroy();
      }
      const losers = running.size > 0;
      running.clear();
      if (cutShort !== undefined) winner?.destroy();
      if (losers) terms.progressed();
    };
  });
}
