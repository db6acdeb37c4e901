import type { Failure, FailureKind } from "../model/failure.js";

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, …; undefined where the error has no code. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error))
    return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The error's first line, bounded: it may quote what a peer sent. */
export function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split(/[\r\n]/, 1)[0] ?? "").slice(0, 300);
}

const CONNECT_KINDS: Record<string, FailureKind> = {
  ECONNREFUSED: "connect-refused",
  ECONNRESET: "connect-reset",
  EHOSTUNREACH: "connect-unreachable",
  ENETUNREACH: "connect-unreachable",
  ETIMEDOUT: "connect-timeout",
};

/** What an error of connect(2) is called. */
export function connectFailure(error: unknown): Failure {
  const code = codeOf(error);
  return {
    kind: CONNECT_KINDS[code ?? ""] ?? "connect-failed",
    phase: "connect",
    ...(code === undefined ? {} : { code }),
    cause: lineOf(error),
  };
}
