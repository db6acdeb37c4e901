import type { RequestKind } from "../model/request-kind.js";
import type { RetrySettings, Timeouts } from "../model/settings.js";
import { goDurationMs } from "./go-duration.js";
import { isModuleFile } from "./module-sources.js";
import type { EffectiveSettings } from "./rules.js";
import { visible } from "./visible-text.js";

/** What a session's environment asks for; only what is there. */
export interface GoproxyEnvironment {
  timeouts: Partial<Timeouts>;
  retry: Partial<RetrySettings>;
  /** Configuration key to the variable that set it, as rules.ts does: `timeouts.first_byte` to `GOPROXY_TIMEOUT`. */
  setBy: Record<string, string>;
  /** One line each: what was not understood, and so does not count. */
  notices: string[];
}

const APART_MS = 1000;
/** As many attempts as `retry.attempts` may ask for. */
const MAX_RETRIES = 19;
/** Above it, timers fire at once (2^31 - 1 ms). */
const MAX_TIMEOUT_MS = 24 * 3_600_000;

/**
 * GOPROXY_TIMEOUT (a Go duration, or plain seconds; 0 is no limit; at most 24 h) is `first_byte`, `body_idle` and `patience`;
 * GOPROXY_RETRY=n (0 to 19) makes n + 1 attempts, 1 s apart (SPEC §4). Go itself knows neither.
 * @param env the session's environment; empty is absent
 */
export function goproxyEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): GoproxyEnvironment {
  const found: GoproxyEnvironment = {
    timeouts: {},
    retry: {},
    setBy: {},
    notices: [],
  };
  readTimeout(env["GOPROXY_TIMEOUT"]?.trim(), found);
  readRetry(env["GOPROXY_RETRY"]?.trim(), found);
  return found;
}

/**
 * What holds for a request once its session's environment has had its word: over the configuration, for what module proxies serve,
 * the checksum database among it: one that is silent is silent for both.
 * @param env absent: not known
 */
export function withGoproxyEnvironment(
  effective: EffectiveSettings,
  kind: RequestKind,
  env: Readonly<Record<string, string | undefined>> | undefined,
): EffectiveSettings {
  const isProxys = isModuleFile(kind) || kind.startsWith("sumdb-");
  if (env === undefined || !isProxys) return effective;
  const { retry, setBy, timeouts } = goproxyEnvironment(env);
  return {
    ...effective,
    timeouts: { ...effective.timeouts, ...timeouts },
    retry: { ...effective.retry, ...retry },
    setBy: { ...effective.setBy, ...setBy },
  };
}

function readTimeout(
  text: string | undefined,
  found: GoproxyEnvironment,
): void {
  if (text === undefined || text === "") return;
  const ms = timeoutMs(text);
  if (ms === undefined) {
    found.notices.push(
      ignored("GOPROXY_TIMEOUT", text, "30s, 2m or 30, at most 24h"),
    );
    return;
  }
  found.timeouts = { firstByteMs: ms, bodyIdleMs: ms, patienceMs: ms };
  for (const key of ["first_byte", "body_idle", "patience"])
    found.setBy[`timeouts.${key}`] = "GOPROXY_TIMEOUT";
}

function timeoutMs(text: string): number | undefined {
  const ms = /^\d+(?:\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : goDurationMs(text);
  if (ms === undefined || ms < 0 || ms > MAX_TIMEOUT_MS) return undefined;
  // A limit of less than a millisecond is one all the same: 0 would be none.
  return Math.ceil(ms);
}

function readRetry(text: string | undefined, found: GoproxyEnvironment): void {
  if (text === undefined || text === "") return;
  const retries = /^\d{1,3}$/.test(text) ? Number(text) : MAX_RETRIES + 1;
  if (retries > MAX_RETRIES) {
    found.notices.push(
      ignored("GOPROXY_RETRY", text, `a whole number from 0 to ${MAX_RETRIES}`),
    );
    return;
  }
  found.retry = {
    attempts: retries + 1,
    backoffMs: APART_MS,
    maxBackoffMs: APART_MS,
  };
  for (const key of ["attempts", "backoff", "max_backoff"])
    found.setBy[`retry.${key}`] = "GOPROXY_RETRY";
}

function ignored(name: string, text: string, wanted: string): string {
  return `${name}=${visible(text.slice(0, 40))} does not count: it must be ${wanted}`;
}
