import type { Failure } from "../model/failure.js";

/** What a step of a dial gives: never a thrown error. */
export type Result<T> =
  { ok: true; value: T } | { ok: false; failure: Failure };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failed(failure: Failure): Result<never> {
  return { ok: false, failure };
}

/** The outcome of a step whose dial was given up; nobody is told. */
export const GIVEN_UP: Failure = {
  kind: "stopped",
  cause: "nobody wanted the connection any more",
};
