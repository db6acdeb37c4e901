const UNIT_NS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3, // micro sign
  "\u03bcs": 1e3, // Greek mu
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/** time.Duration holds 64 bits of nanoseconds, some 292 years. */
const MAX_NS = 2 ** 63;

/**
 * A duration as Go writes it (time.ParseDuration): `1h15m30.918s`, `1.5h`, `-2ms`, `0`.
 * @returns milliseconds, not rounded; undefined where it is none: no unit, or beyond what time.Duration holds
 */
export function goDurationMs(text: string): number | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  if (text.slice(sign.length) === "0") return 0;
  let at = sign.length;
  let ns = 0;
  do {
    PART.lastIndex = at;
    const part = PART.exec(text);
    if (part === null) return undefined;
    ns += Number(part[1]) * (UNIT_NS[part[2] ?? ""] ?? Number.NaN);
    at = PART.lastIndex;
  } while (at < text.length);
  if (ns >= MAX_NS) return undefined;
  return sign === "-" ? -ns / 1e6 : ns / 1e6;
}
