import { PHASES, type Phase } from "../model/phase.js";
import { ATTR } from "../span/attributes.js";
import type { SpanNode } from "../span/tree.js";
import type { Segment, Stretch } from "./waterfall.js";

/**
 * The stretches of a node's bar: of a phase itself, of an attempt or request all phases below it.
 * @param openEndUs where open spans end for now, in microseconds since 1970
 */
export function nodeSegments(node: SpanNode, openEndUs: number): Segment[] {
  switch (node.level) {
    case "run":
    case "session":
      return [segment(node, "whole", openEndUs)];
    case "change":
    case "wait":
    case "phase":
      return [segment(node, phaseOf(node), openEndUs)];
    case "attempt":
      return [segment(node, "request", openEndUs), ...phases(node, openEndUs)];
    case "request":
      return [
        segment(node, "request", openEndUs),
        ...node.children.flatMap((child) =>
          child.level === "wait"
            ? [segment(child, "backoff", openEndUs)]
            : phases(child, openEndUs),
        ),
      ];
  }
}

function phases(attempt: SpanNode, openEndUs: number): Segment[] {
  return attempt.children.map((node) =>
    segment(node, phaseOf(node), openEndUs),
  );
}

function phaseOf({ span, level }: SpanNode): Stretch {
  if (level === "wait") return "backoff";
  if (level === "change") return "change";
  // Spans of other programs are read back too: an unknown phase is time in no phase.
  const phase = span.attributes[ATTR.phase];
  return typeof phase === "string" && KNOWN.has(phase)
    ? (phase as Phase)
    : "request";
}

const KNOWN: ReadonlySet<string> = new Set(PHASES);

function segment(node: SpanNode, stretch: Stretch, openEndUs: number): Segment {
  return {
    stretch,
    startUs: node.startUs,
    endUs: Math.max(node.endUs ?? openEndUs, node.startUs),
  };
}
