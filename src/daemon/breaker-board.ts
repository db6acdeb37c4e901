import type { BreakerSnapshot, Entry, Gate } from "../model/breaker.js";
import type { Clock } from "../model/clock.js";
import type { StateChange } from "../model/record.js";
import type { RequestKind } from "../model/request-kind.js";
import type { BreakerSettings } from "../model/settings.js";
import type { Station } from "../model/source.js";
import {
  breakerGroup,
  breakerName,
  type BreakerSubject,
} from "../policy/breaker-group.js";
import type { KnownHealth } from "../policy/breaker-state.js";
import { chosenBreaker } from "./breaker-choice.js";
import { BreakerEntry } from "./breaker-entry.js";
import { BreakerPass, FREE_PASS } from "./breaker-pass.js";

export interface BreakerBoardOptions {
  clock: Clock;
  /** Asked at each event, so that a reload counts. */
  settings: () => BreakerSettings;
}

export type BreakerListener = (change: Omit<StateChange, "spanId">) => void;

/** What nobody has used for so long is forgotten, once it would let an attempt in. */
const FORGOTTEN_AFTER_MS = 600_000;
/** Beyond it the longest unused one makes room, those held by hand excepted. */
const MOST_BREAKERS = 1000;

/**
 * All breakers of this process, made at an origin's first request: one for each (way, origin, group), and one for each upstream
 * proxy as a way, which the direct way has none of.
 */
export class BreakerBoard implements Gate {
  readonly #entries = new Map<string, BreakerEntry>();
  readonly #listeners = new Set<BreakerListener>();
  readonly #options: BreakerBoardOptions;

  constructor(options: BreakerBoardOptions) {
    this.#options = options;
  }

  /** Attempts at what this machine has, and requests of kind `other`, are let in always and counted nowhere. */
  enter(
    station: Station,
    kind: RequestKind,
    exchangeId: string,
    sole: boolean,
  ): Entry {
    const group = breakerGroup(kind);
    const { source, way } = station;
    if (group === undefined || source.role === "offline")
      return { ok: true, pass: FREE_PASS };
    const ofWay = way.type === "direct" ? undefined : this.#entry({ way });
    const ofOrigin = this.#entry({ way, origin: source.origin, group });
    // Both are asked before one is entered: a probe's place must not be taken for nothing.
    for (const entry of [ofWay, ofOrigin]) {
      const waitMs = entry?.waitMs(sole) ?? 0;
      if (entry !== undefined && waitMs > 0)
        return {
          ok: false,
          name: entry.name,
          retryAfterMs: Math.max(1, Math.ceil(waitMs)),
        };
    }
    return { ok: true, pass: new BreakerPass(ofWay, ofOrigin, exchangeId) };
  }

  /** By name. */
  snapshot(): BreakerSnapshot[] {
    this.#forget();
    return [...this.#entries.values()]
      .map((entry) => entry.snapshot())
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Those that are open or half-open and still wanted: what health checks may close. */
  opened(): BreakerSubject[] {
    this.#forget();
    return [...this.#entries.values()]
      .filter(({ state }) => state.name !== "closed")
      .map(({ subject }) => subject);
  }

  /** By hand: refuses everything until `close` or `reset`. @throws GotapError NO_BREAKER, SEVERAL_BREAKERS */
  open(name: string): BreakerSnapshot {
    return this.#byHand(name, "held");
  }

  /** By hand: closed with nothing counted, and on its own again. @throws GotapError NO_BREAKER, SEVERAL_BREAKERS */
  close(name: string): BreakerSnapshot {
    return this.#byHand(name, "released");
  }

  /** Closes all, those held by hand too. */
  reset(): void {
    for (const entry of this.#entries.values())
      entry.apply({ type: "released" });
  }

  /**
   * What the checks of one upstream have come to; undefined: it is not watched any more. `unhealthy` opens its breaker, `healthy`
   * closes it and that of its way, whose handshake has worked.
   */
  health(subject: BreakerSubject, health: KnownHealth, cause: string): void {
    const { way, origin } = subject;
    const known = this.#entries.has(breakerName(subject));
    if (known || health === "unhealthy" || health === "healthy")
      this.#entry(subject).apply({ type: "health", health, cause });
    if (health !== "healthy" || origin === undefined) return;
    const ofWay = this.#entries.get(breakerName({ way }));
    if (ofWay === undefined || ofWay.state.health !== undefined) return;
    ofWay.apply({ type: "health", health, cause });
    // Nothing watches the way itself.
    ofWay.apply({ type: "health", health: undefined, cause });
  }

  /** Closes all but those held by hand. */
  networkChanged(cause: string): void {
    for (const entry of this.#entries.values())
      entry.apply({ type: "network-changed", cause });
  }

  /** @returns ends the listening */
  onChange(listener: BreakerListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #byHand(typed: string, type: "held" | "released"): BreakerSnapshot {
    const entry = this.#entries.get(
      chosenBreaker(typed, [...this.#entries.keys()]),
    );
    if (entry === undefined) throw new Error(`no entry for ${typed}`);
    entry.apply({ type });
    return entry.snapshot();
  }

  #entry(subject: BreakerSubject): BreakerEntry {
    const known = this.#entries.get(breakerName(subject));
    if (known !== undefined) return known;
    this.#makeRoom();
    const { clock, settings } = this.#options;
    const entry = new BreakerEntry(subject, {
      clock,
      settings,
      changed: (change) => {
        // A late verdict of one that was forgotten is nobody's news.
        if (this.#entries.get(entry.name) !== entry) return;
        for (const listener of this.#listeners) listener(change);
      },
    });
    this.#entries.set(entry.name, entry);
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size < MOST_BREAKERS) return;
    this.#forget();
    let oldest: BreakerEntry | undefined;
    for (const entry of this.#entries.values())
      if (!entry.isForced && entry.usedAtMs < (oldest?.usedAtMs ?? Infinity))
        oldest = entry;
    if (this.#entries.size >= MOST_BREAKERS && oldest !== undefined)
      this.#entries.delete(oldest.name);
  }

  #forget(): void {
    const beforeMs = this.#options.clock.nowMs() - FORGOTTEN_AFTER_MS;
    for (const [name, entry] of this.#entries) {
      // A probe without an end would be a bug of ours: it must not shut an upstream for ever.
      const isPast =
        entry.state.name === "half-open" || entry.waitMs(false) === 0;
      if (entry.usedAtMs < beforeMs && isPast && !entry.isForced)
        this.#entries.delete(name);
    }
  }
}
