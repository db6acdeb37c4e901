import {
  EMPTY_BOOK,
  type SessionBook,
  step,
} from "../../src/session/session-book.js";
import type {
  FreshIds,
  SessionCommand,
  SessionEvent,
} from "../../src/session/session-event.js";

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** An event without its ids: the playbook hands out `s1`, `s2`, … in the order of the events that carry some. */
export type ScriptedEvent = Without<SessionEvent, "freshIds">;

/**
 * A script: at this instant, this happens, and these commands come of it. A test ends with
 * `expect(book.played).toEqual(book.script)`.
 */
export class Playbook {
  readonly script: string[][] = [];
  readonly played: string[][] = [];
  private state: SessionBook = EMPTY_BOOK;
  private count = 0;

  /** Commands as short lines: `begin s1 go mod download`, `assign 7 s1`, `end s1 at 400`. */
  at(nowMs: number, event: ScriptedEvent, ...expected: string[]): this {
    const what = `${event.type} at ${nowMs}`;
    this.script.push([what, ...expected]);
    this.played.push([what, ...this.commands(nowMs, event).map(lineOf)]);
    return this;
  }

  /** @throws where a step changed the state that it was given */
  commands(nowMs: number, event: ScriptedEvent): SessionCommand[] {
    const given = this.state;
    const before = textOf(given);
    const { state, commands } = step(given, this.withIds(event), nowMs);
    if (textOf(given) !== before)
      throw new Error(`${event.type} changed the state in place`);
    this.state = state;
    return commands;
  }

  /** How many sessions and connections the book still holds. */
  get size(): { sessions: number; connections: number } {
    const { sessions, connections } = this.state;
    return { sessions: sessions.size, connections: connections.size };
  }

  private withIds(event: ScriptedEvent): SessionEvent {
    if (event.type !== "connection-opened" && event.type !== "request-started")
      return event;
    const n = ++this.count;
    const freshIds: FreshIds = {
      sessionId: `s${n}`,
      traceId: `trace-${n}`,
      spanId: `span-${n}`,
    };
    return { ...event, freshIds };
  }
}

function textOf({ sessions, connections }: SessionBook): string {
  return JSON.stringify([[...sessions], [...connections]]);
}

export function lineOf(command: SessionCommand): string {
  if (command.type === "begin")
    return `begin ${command.session.sessionId} ${command.session.command}`;
  if (command.type === "assign")
    return `assign ${command.connectionId} ${command.sessionId}`;
  const code =
    command.exitCode === undefined ? "" : ` exit ${command.exitCode}`;
  return `end ${command.sessionId} at ${command.endedAtMs}${code}`;
}
