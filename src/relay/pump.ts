import type { BodySink, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";

export interface PumpEvents {
  /** After the chunk was handed to the sink. */
  moved(bytes: number): void;
  /** The source ended cleanly. The sink is still open: who pumps decides what its end is. */
  ended(trailers: HeaderList | undefined): void;
  failed(failure: Failure): void;
}

/** A running pump. */
export interface Pump {
  /** Since when the sink takes no bytes; undefined while it does. Time in which the source owes nothing. */
  blockedSinceMs(): number | undefined;
  /** The last instant at which the sink began to take bytes again; undefined where it never stopped. */
  unblockedAtMs(): number | undefined;
}

/**
 * Moves a body from source to sink with back-pressure end to end and without a buffer of its own: at most what source and
 * sink hold is in memory. A clean end of the source is told, never assumed (FACTS L20).
 */
export function pump(
  source: BodySource,
  sink: BodySink,
  nowMs: () => number,
  events: PumpEvents,
): Pump {
  let blockedSince: number | undefined;
  let unblockedAt: number | undefined;
  sink.onDrain(() => {
    if (blockedSince === undefined) return;
    blockedSince = undefined;
    unblockedAt = nowMs();
    source.resume();
  });
  source.start({
    data(chunk) {
      if (!sink.write(chunk) && blockedSince === undefined) {
        blockedSince = nowMs();
        source.pause();
      }
      events.moved(chunk.byteLength);
    },
    end: (trailers) => {
      events.ended(trailers);
    },
    failed: (failure) => {
      events.failed(failure);
    },
  });
  return {
    blockedSinceMs: () => blockedSince,
    unblockedAtMs: () => unblockedAt,
  };
}
