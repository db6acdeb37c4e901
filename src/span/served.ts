import type { AttemptRecord, ExchangeRecord } from "../model/record.js";

/** A part of an answer, and the attempt that it came from. */
export interface Share {
  attempt: AttemptRecord;
  /** Where it begins in the body, in bytes. */
  from: number;
}

/**
 * The attempts whose answer was handed to go, in order: more than one where a body broke off and went on. Empty where none was, and
 * gotap answered for itself or nothing.
 */
export function sharesOf({
  attempts,
  responseBytes,
  status,
}: ExchangeRecord): Share[] {
  const shares: Share[] = [];
  for (const attempt of attempts) {
    const from = attempt.resumedAt ?? 0;
    if (attempt.bodyBytes === 0 || !isHandedOn(attempt)) continue;
    // What began at the same place before was compared, and dropped before it joined.
    while ((shares.at(-1)?.from ?? -1) >= from) shares.pop();
    if (from === 0 || from < responseBytes) shares.push({ attempt, from });
  }
  if (shares.length > 0) return shares;
  const bodyless = attempts.findLast(
    (attempt) =>
      attempt.status !== undefined &&
      attempt.status === status &&
      isHandedOn(attempt),
  );
  return bodyless === undefined ? [] : [{ attempt: bodyless, from: 0 }];
}

/** Of an attempt that began to be read: whether its bytes can have been go's. */
function isHandedOn({ failure, unused }: AttemptRecord): boolean {
  return (
    unused !== true &&
    failure?.kind !== "mirror-differs" &&
    failure?.kind !== "range-differs" &&
    failure?.kind !== "overtaken" &&
    failure?.kind !== "not-there" &&
    failure?.kind !== "unverified"
  );
}

/** The attempt at the source itself, where this one went to where the source pointed to. */
export function askedFirst(
  { attempts }: ExchangeRecord,
  attempt: AttemptRecord,
): AttemptRecord {
  let asked = attempt;
  while (asked.reason === "redirect") {
    const { index, source } = asked;
    const before = attempts.findLast(
      (other) =>
        other.index < index && other.unused === true && other.source === source,
    );
    if (before === undefined) break;
    asked = before;
  }
  return asked;
}

/** The last source but the one go named that some of the answer came from; undefined: all of it is the own source's. */
export function servedBy(exchange: ExchangeRecord): AttemptRecord | undefined {
  const last = sharesOf(exchange).findLast(({ attempt }) =>
    isBorrowed(attempt),
  );
  return last && askedFirst(exchange, last.attempt);
}

/** It is not the source that go named. */
export function isBorrowed({ source }: AttemptRecord): boolean {
  return source !== undefined && source !== "own";
}
