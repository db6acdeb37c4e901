import { isIP } from "node:net";

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

type Wording = Partial<FieldMeta> & Pick<FieldMeta, "description">;

const DAY_MS = 86_400_000;

/** A limit: 0 means none. */
export function limit(wording: Wording) {
  return time(0, 30 * DAY_MS, {
    expected:
      "a duration from 0 (no limit) to 30d: a number with ms, s, m, h or d",
    example: '"5s"',
    ...wording,
  });
}

/** A span of time that cannot be 0. */
export function period(wording: Wording) {
  return time(1, 3650 * DAY_MS, {
    expected: "a duration from 1ms to 3650d: a number with ms, s, m, h or d",
    example: '"10s"',
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

export function text(wording: Wording) {
  return z
    .string()
    .min(1)
    .meta({
      expected: "a text that is not empty",
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

/** A URL of one of these schemes (`http:`), with a host. */
export function url(schemes: readonly string[], wording: Wording) {
  return z
    .string()
    .refine((value) => isUrlOf(value, schemes))
    .meta({
      expected: `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
      example: `"${schemes[0] ?? ""}//127.0.0.1:8080"`,
      ...wording,
    });
}

export function urls(schemes: readonly string[], wording: Wording) {
  return z
    .array(z.string().refine((value) => isUrlOf(value, schemes)))
    .min(1)
    .meta({
      expected: `a list of URLs that begin with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
      example: `["${schemes[0] ?? ""}//mirror.example"]`,
      ...wording,
    });
}

function isUrlOf(value: string, schemes: readonly string[]): boolean {
  try {
    const parsed = new URL(value);
    return schemes.includes(parsed.protocol) && parsed.hostname !== "";
  } catch {
    return false;
  }
}

/** Host names, held in lower case, to IP literals. */
export function addresses(wording: Wording) {
  return z
    .record(
      z.string().min(1),
      z.string().refine((value) => isIP(value) !== 0),
    )
    .transform((table) =>
      Object.fromEntries(
        Object.entries(table).map(([host, address]) => [
          host.toLowerCase(),
          address,
        ]),
      ),
    )
    .meta({
      expected: "an IP address",
      example: '"127.0.0.1"',
      ...wording,
    });
}

/** `HOST:PORT`; port 0 lets the system choose one. */
export function listenAddress(wording: Wording) {
  return z
    .string()
    .transform((value, context) => {
      const match =
        /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(value) ?? [];
      const host = match[1] ?? match[2];
      const port = Number(match[3]);
      const isLiteral = match[1] === undefined || isIP(match[1]) === 6;
      if (host !== undefined && port <= 65_535 && isLiteral)
        return { host, port };
      context.addIssue({ code: "custom" });
      return z.NEVER;
    })
    .meta({
      expected: "HOST:PORT, the port from 0 (any free one) to 65535",
      example: '"127.0.0.1:9090"',
      ...wording,
    });
}
