import type { SpanRef } from "../model/span-ref.js";

/** Reads TRACEPARENT (W3C Trace Context §3.2); undefined for what is absent or invalid: then a trace begins here. */
export function parseTraceparent(
  value: string | undefined,
): SpanRef | undefined {
  const match =
    /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/.exec(
      value?.trim() ?? "",
    );
  const [, traceId, spanId] = match ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId };
}

/** For a child's environment: always sampled, gotap loses no local span. */
export function formatTraceparent({ traceId, spanId }: SpanRef): string {
  return `00-${traceId}-${spanId}-01`;
}
