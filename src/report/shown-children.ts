import { ATTR } from "../span/attributes.js";
import type { SpanNode } from "../span/tree.js";

/**
 * The children that get lines of their own. Of a request: its attempts and pauses where there are several; those that an open
 * breaker did not let through only where nobody answered, as they took no time and changed nothing.
 * @param phases all of them, for attempts and single ones too
 */
export function shownChildren(node: SpanNode, phases: boolean): SpanNode[] {
  if (node.level === "run" || node.level === "session") return node.children;
  if (phases) return withPausesJoined(node.children);
  if (node.level !== "request") return [];
  const shown = withPausesJoined(
    isAnswered(node)
      ? node.children.filter((child) => !isRefused(child))
      : node.children,
  );
  return shown.length > 1 ? shown : [];
}

function isAnswered({ endUs, span }: SpanNode): boolean {
  return (
    endUs !== undefined &&
    span.status.code !== "ERROR" &&
    span.attributes[ATTR.clientGone] !== true &&
    span.attributes[ATTR.statusCode] !== undefined
  );
}

function isRefused({ children, span }: SpanNode): boolean {
  return (
    span.attributes[ATTR.errorType] === "breaker-open" && children.length === 0
  );
}

/** Pauses in a row before one attempt are one, from the first one's start to the last one's end; the longest says why. */
function withPausesJoined(nodes: readonly SpanNode[]): SpanNode[] {
  const rows: [SpanNode, ...SpanNode[]][] = [];
  for (const node of nodes) {
    const row = rows.at(-1);
    if (row !== undefined && areOnePause(row[0], node)) row.push(node);
    else rows.push([node]);
  }
  return rows.map(([first, ...others]) => joined(first, others));
}

function areOnePause(first: SpanNode, next: SpanNode): boolean {
  return (
    first.level === "wait" &&
    next.level === "wait" &&
    first.span.attributes[ATTR.waitBefore] ===
      next.span.attributes[ATTR.waitBefore]
  );
}

function joined(first: SpanNode, others: readonly SpanNode[]): SpanNode {
  const last = others.at(-1);
  if (last === undefined) return first;
  const { endUs: _, ...start } = first;
  const longest = others.reduce(
    (most, one) => (lengthUs(one) > lengthUs(most) ? one : most),
    first,
  );
  return {
    ...start,
    span: longest.span,
    ...(last.endUs !== undefined && { endUs: last.endUs }),
  };
}

/** One that lasts is what the request waits for now: it counts as longer than all before it. */
function lengthUs({ startUs, endUs }: SpanNode): number {
  return endUs === undefined ? Infinity : endUs - startUs;
}
