import { z } from "zod";

import { durationMs } from "./duration.js";
import { sizeBytes } from "./size.js";

/** What each key of the schema says of itself: messages, docs/configuration.md and the JSON Schema are made from it. */
export interface FieldMeta {
  /** What it does: one sentence, in Markdown. */
  description: string;
  /** What may stand there, with its range. */
  expected: string;
  /** As it would stand in the file: `"5s"`. */
  example: string;
  /** As it would stand in the file; absent where the built-in value is "nothing". */
  default?: string | number | string[];
}

export type Wording = Partial<FieldMeta> & Pick<FieldMeta, "description">;

const DAY_MS = 86_400_000;
/** A timer of Node's holds 24.8 days; what is longer fires at once. */
const LONGEST_TIMER_DAYS = 24;
const LONGEST_AGE_DAYS = 3650;

/** A limit: 0 means none. */
export function limit(wording: Wording) {
  return time(0, LONGEST_TIMER_DAYS * DAY_MS, {
    expected: `a duration from 0 (no limit) to ${LONGEST_TIMER_DAYS}d: a number with ms, s, m, h or d`,
    example: '"5s"',
    ...wording,
  });
}

/** A span of time that cannot be 0. */
export function period(wording: Wording) {
  return time(1, LONGEST_TIMER_DAYS * DAY_MS, {
    expected: `a duration from 1ms to ${LONGEST_TIMER_DAYS}d: a number with ms, s, m, h or d`,
    example: '"10s"',
    ...wording,
  });
}

/** How old something may become. */
export function age(wording: Wording) {
  return time(1, LONGEST_AGE_DAYS * DAY_MS, {
    expected: `a duration from 1ms to ${LONGEST_AGE_DAYS}d: a number with ms, s, m, h or d`,
    example: '"14d"',
    ...wording,
  });
}

function time(minimumMs: number, maximumMs: number, meta: FieldMeta) {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const ms = durationMs(value);
      if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return ms;
      context.addIssue({ code: "custom" });
      return z.NEVER;
    })
    .meta({ ...meta });
}

export function size(wording: Wording) {
  return z
    .string()
    .transform((value, context) => {
      const bytes = sizeBytes(value);
      if (bytes !== undefined && bytes >= 2 ** 20) return bytes;
      context.addIssue({ code: "custom" });
      return z.NEVER;
    })
    .meta({
      expected:
        "a size from 1MiB: a number with B, kB, MB, GB, KiB, MiB or GiB",
      example: '"512MiB"',
      ...wording,
    });
}

export function count(minimum: number, maximum: number, wording: Wording) {
  return z
    .number()
    .int()
    .min(minimum)
    .max(maximum)
    .meta({
      expected: `a whole number from ${minimum} to ${maximum}`,
      example: String(minimum),
      ...wording,
    });
}

export function share(wording: Wording) {
  return z
    .number()
    .min(0)
    .max(1)
    .meta({
      expected: "a number from 0 to 1",
      example: "0.5",
      ...wording,
    });
}

/** A share that cannot be 0: nothing would be enough for it. */
export function threshold(wording: Wording) {
  return z
    .number()
    .gt(0)
    .max(1)
    .meta({
      expected: "a number above 0, up to 1",
      example: "0.5",
      ...wording,
    });
}

export function choice<const T extends readonly string[]>(
  values: T,
  wording: Wording,
) {
  return z.enum(values).meta({
    expected: `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    example: JSON.stringify(values[0]),
    ...wording,
  });
}

export function toggle(wording: Wording) {
  return z
    .boolean()
    .meta({ expected: "true or false", example: "false", ...wording });
}

/** A name for people: on one line, and nothing in it that a terminal would obey. */
export function text(wording: Wording) {
  return z
    .string()
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u)
    .meta({
      expected: "a text that is not empty, on one line",
      example: '"…"',
      ...wording,
    });
}

/** @param atLeast how many; a condition that lists none would never be met, which nobody means */
export function texts(wording: Wording, atLeast = 1) {
  return z
    .array(z.string().min(1))
    .min(atLeast)
    .meta({ expected: "a list of texts", example: '["…"]', ...wording });
}
