import { setDefaultHighWaterMark } from "node:stream";

import type { Failure } from "../model/failure.js";
import type { AttemptRecord } from "../model/record.js";
import type {
  UpstreamAttempt,
  UpstreamTarget,
  WarmUpstream,
} from "../model/upstream.js";
import { Lane } from "./lane.js";
import type { PoolShared } from "./lane-terms.js";
import { DEFAULT_TUNING, type UpstreamOptions } from "./options.js";
import { poolKey } from "./pool-key.js";
import { type AttemptTerms, PooledAttempt } from "./pooled-attempt.js";
import { ProtocolMemory } from "./protocol-memory.js";
import { requestProblem } from "./request-check.js";
import { systemLookup } from "./resolve-name.js";
import { StreamWindows } from "./stream-windows.js";
import { TlsSessions } from "./tls-sessions.js";
import { Trust } from "./trust.js";
import { UpstreamTunnel } from "./tunnel.js";

/** FACTS L21: bodies move in chunks of this size, 240–328 MB/s instead of 140–187. */
const CHUNK_BYTES = 262_144;

const PREPARE_AFTER_MS = 250;

const STOPPED: Failure = { kind: "stopped", cause: "gotap is stopping" };

/**
 * Makes the pool of connections to origins and proxies. Handlers are never called before `attempt` or `tunnel` has returned.
 * Sets the default buffer size of all streams of this process, which node:http2 offers no other way to set.
 */
export function createUpstream(options: UpstreamOptions): WarmUpstream {
  setDefaultHighWaterMark(false, CHUNK_BYTES);
  const { clock, log } = options;
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  let connections = 0;
  const trust = new Trust(options.roots.pems, log);
  // After the start, and before the first dial wants it.
  clock.after(PREPARE_AFTER_MS, () => trust.prepare());
  const shared: PoolShared = {
    tuning,
    windows: new StreamWindows(),
    protocols: new ProtocolMemory(),
    nextConnectionId: () => ++connections,
    dialContext: {
      clock,
      lookup: options.lookup ?? systemLookup,
      resolve: options.resolve,
      forbidden: (address, port) => options.forbidden(address, port),
      staggerMs: tuning.staggerMs,
      trust,
      sessions: new TlsSessions(),
      ...(options.keyLog === undefined ? {} : { keyLog: options.keyLog }),
    },
  };
  const lanes = new Map<string, Lane>();
  const tunnels = new Set<UpstreamTunnel>();
  let closing = false;
  let onEmpty: (() => void) | undefined;
  const checkEmpty = (): void => {
    if (lanes.size === 0 && tunnels.size === 0) onEmpty?.();
  };

  const laneOf = (attempt: PooledAttempt): Lane => {
    const { target } = attempt;
    const key = poolKey(target, options.resolve);
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const made = new Lane({
      ...shared,
      key,
      target,
      emptied: () => {
        if (lanes.get(key) === made) lanes.delete(key);
        checkEmpty();
      },
    });
    lanes.set(key, made);
    return made;
  };

  const start = (
    terms: Omit<AttemptTerms, "clock" | "release">,
  ): UpstreamAttempt => {
    let lane: Lane | undefined;
    const { target, request, record } = terms;
    const trust = trustRecord(target);
    if (trust !== undefined) record.trust = trust;
    const attempt = new PooledAttempt({
      ...terms,
      clock,
      release: (one) => lane?.release(one),
    });
    queueMicrotask(() => {
      if (attempt.ended) return;
      const problem = closing ? STOPPED : request && requestProblem(request);
      if (problem !== undefined) {
        attempt.failed(problem);
        return;
      }
      lane = laneOf(attempt);
      lane.acquire(attempt);
    });
    return attempt;
  };

  return {
    attempt: (target, request, record, span, handlers) =>
      start({ target, request, record, span, handlers }),

    warm: (target, record, span, handlers) =>
      start({
        target,
        request: undefined,
        record,
        span,
        handlers: { ...handlers, informational() {}, response() {} },
      }),

    tunnel(target, record, handlers) {
      const tunnel: UpstreamTunnel = new UpstreamTunnel({
        target,
        record,
        handlers,
        context: shared.dialContext,
        connectionId: shared.nextConnectionId(),
        gone: () => {
          tunnels.delete(tunnel);
          checkEmpty();
        },
      });
      if (closing) {
        queueMicrotask(() => {
          handlers.failed(STOPPED);
        });
        return tunnel;
      }
      tunnels.add(tunnel);
      queueMicrotask(() => {
        tunnel.begin();
      });
      return tunnel;
    },

    close(graceMs) {
      closing = true;
      return new Promise((resolve) => {
        const timer = clock.after(graceMs, () => {
          for (const lane of lanes.values()) lane.destroy(STOPPED);
          for (const tunnel of tunnels) tunnel.abort();
          resolve();
        });
        onEmpty = () => {
          timer.cancel();
          resolve();
        };
        for (const lane of lanes.values()) lane.close();
        checkEmpty();
      });
    },
  };
}

/** What a record says of a target whose certificate is looked at otherwise than by the rule. */
function trustRecord({
  origin,
  trust,
}: UpstreamTarget): AttemptRecord["trust"] {
  if (origin.scheme !== "https" || trust === undefined) return undefined;
  const { setBy } = trust;
  return trust.insecure === true ? { insecure: true, setBy } : { setBy };
}
