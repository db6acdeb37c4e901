import type { AttemptReason } from "../model/record.js";
import type { Span } from "../model/span.js";
import { ATTR } from "../span/attributes.js";
import type { SpanNode } from "../span/tree.js";
import { escapeText } from "./escape.js";
import { sourceText, spanHost } from "./request-title.js";
import { bytesText, durationText } from "./units.js";

// What the lines between a request and its phases say; all of it escaped.

/** `goproxy.cn (reused)`, `goproxy.cn, retry after 1.0 s`, `mirror goproxy.io by backup-http, beside`. */
export function attemptTitle(
  span: Span,
  siblings: readonly SpanNode[],
): string {
  const { attributes } = span;
  const way = attributes[ATTR.way];
  const by =
    typeof way !== "string" || way === "direct" ? "" : ` by ${escapeText(way)}`;
  const reused = attributes[ATTR.reused] === true ? " (reused)" : "";
  const why = reasonText(span, siblings);
  // Where a mirror points to is no mirror itself.
  const role =
    attributes[ATTR.attemptReason] === "redirect"
      ? undefined
      : attributes[ATTR.source];
  return `${sourceText(role, spanHost(span))}${by}${reused}${why}`;
}

const REASONS: Record<Exclude<AttemptReason, "resume">, string> = {
  "stale-connection": "dialled anew",
  retry: "retry",
  way: "next way",
  source: "next source",
  beside: "beside",
  redirect: "redirected",
};

function reasonText(span: Span, siblings: readonly SpanNode[]): string {
  const reason = span.attributes[ATTR.attemptReason];
  if (typeof reason !== "string") return "";
  const from = span.attributes[ATTR.resumeOffset];
  if (typeof from === "number")
    return `, resumed at ${bytesText(from)}${totalText(siblings)}`;
  const words = Object.hasOwn(REASONS, reason)
    ? REASONS[reason as keyof typeof REASONS]
    : reason;
  return `, ${escapeText(words)}${reason === "retry" ? afterText(span, siblings) : ""}`;
}

/** Of the body that broke off: what the first answer promised. */
function totalText(siblings: readonly SpanNode[]): string {
  for (const { span } of siblings) {
    const { [ATTR.contentLength]: total, [ATTR.resumeOffset]: from } =
      span.attributes;
    if (typeof total === "number" && from === undefined)
      if (span.attributes[ATTR.attemptUnused] !== true)
        return ` of ${bytesText(total)}`;
  }
  return "";
}

/** How long the pauses before it were. */
function afterText(span: Span, siblings: readonly SpanNode[]): string {
  const index = span.attributes[ATTR.resendCount];
  let us = 0;
  for (const { span: other, startUs, endUs } of siblings)
    if (other.attributes[ATTR.waitBefore] === index && index !== undefined)
      us += (endUs ?? startUs) - startUs;
  return us > 0 ? ` after ${durationText(us / 1000)}` : "";
}

/** `backoff`, `backoff: the server asked for it`. */
export function waitTitle(span: Span): string {
  switch (span.attributes[ATTR.waitWhy]) {
    case "retry-after":
      return "backoff, as the server asked";
    case "budget":
      return "backoff, retry budget";
    default:
      return "backoff";
  }
}

/** `breaker goproxy.cn:443 modules: closed to open (breaker.failures)`. */
export function changeTitle(span: Span): string {
  const text = (key: string): string =>
    escapeText(String(span.attributes[key]));
  return `${escapeText(span.name)} ${text(ATTR.breakerName)}: ${text(ATTR.stateFrom)} to ${text(ATTR.stateTo)} (${text(ATTR.rule)})`;
}
