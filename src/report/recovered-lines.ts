import { escapeText } from "./escape.js";
import type { RunSummary } from "./summary.js";
import { bytesText, countText } from "./units.js";

const MAX_MIXED = 3;

/**
 * What kept the run going, a line each: `recovered  3 requests: 2 from mirror goproxy.io, 1 resumed`. Where the run failed all the
 * same, also which bodies came from more than one source: only go's own sums can tell whether they are right.
 */
export function recoveredLines(summary: RunSummary): string[] {
  const { recovered, elsewhere, refused } = summary;
  const facts = [
    ...recovered.sources.map((one) => `${one.requests} from ${one.source}`),
    recovered.resumed > 0 ? `${recovered.resumed} resumed` : "",
    ...recovered.ways.map((one) => `${one.requests} by ${escapeText(one.way)}`),
    recovered.retried > 0 ? `${recovered.retried} retried` : "",
  ].filter((fact) => fact !== "");
  return [
    ...(recovered.requests > 0
      ? [
          `recovered  ${countText(recovered.requests, "request")}: ${facts.join(", ")}`,
        ]
      : []),
    ...(elsewhere.length > 0
      ? [
          `answered   ${elsewhere.map((one) => `${countText(one.requests, "request")} from ${one.source}`).join(", ")}`,
        ]
      : []),
    ...(refused.length > 0
      ? [
          `not asked  ${refused.map((one) => `${one.host} ${countText(one.attempts, "time")}`).join(", ")}: breaker open`,
        ]
      : []),
    ...(failed(summary) ? mixedLines(summary.mixed) : []),
  ];
}

function failed({ exit_code: code, signal }: RunSummary): boolean {
  return signal !== null || (code !== null && code !== 0);
}

function mixedLines(mixed: RunSummary["mixed"]): string[] {
  const rest = mixed.length - MAX_MIXED;
  return [
    ...mixed
      .slice(0, MAX_MIXED)
      .map(
        ({ request, parts }) => `mixed      ${partsText(parts)}: ${request}`,
      ),
    ...(rest > 0 ? [`           and ${rest} more`] : []),
  ];
}

/** `goproxy.cn, from 5.0 MB on mirror goproxy.io`. */
function partsText(parts: RunSummary["mixed"][number]["parts"]): string {
  return parts
    .map(({ from, source }, index) =>
      index === 0 ? source : `from ${bytesText(from)} on ${source}`,
    )
    .join(", ");
}
