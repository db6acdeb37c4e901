import type { Span } from "../model/span.js";
import { ATTR } from "./attributes.js";
import { microsOf } from "./instant.js";

type SpanLevel =
  | "run"
  | "session"
  /** A breaker, a health check's result or the network changed. */
  | "change"
  | "request"
  /** A pause between two attempts. */
  | "wait"
  | "attempt"
  | "phase";

export interface SpanNode {
  span: Span;
  level: SpanLevel;
  /** Whole microseconds since 1970. */
  startUs: number;
  /** Undefined while it is open. */
  endUs?: number;
  /** By start; equal starts in the order they came. */
  children: SpanNode[];
}

export interface SpanTree {
  /** Spans without a parent among these spans; by start. */
  roots: SpanNode[];
  /** How many of the roots name a parent that should be here. A run's or session's parent may be another program's. */
  orphans: number;
}

/** Which level of SPEC §3's tree a span stands on: said by its kind and its ids. */
function levelOf(span: Span): SpanLevel {
  if (span.kind === "SERVER") return "request";
  if (span.kind === "CLIENT") return "attempt";
  if (span.attributes[ATTR.phase] !== undefined) return "phase";
  if (span.attributes[ATTR.waitWhy] !== undefined) return "wait";
  if (span.attributes[ATTR.stateTo] !== undefined) return "change";
  return span.attributes[ATTR.sessionId] === undefined ? "run" : "session";
}

/** Spans in any order → nested nodes. */
export function buildTree(spans: readonly Span[]): SpanTree {
  const nodes = new Map<string, SpanNode>();
  for (const span of spans) {
    const node: SpanNode = {
      span,
      level: levelOf(span),
      startUs: microsOf(span.start_unix_nano),
      children: [],
    };
    if (span.end_unix_nano !== null) node.endUs = microsOf(span.end_unix_nano);
    nodes.set(span.span_id, node);
  }
  const roots: SpanNode[] = [];
  let orphans = 0;
  for (const node of nodes.values()) {
    const parentId = node.span.parent_span_id;
    const parent = parentId === null ? undefined : nodes.get(parentId);
    if (parent !== undefined && parent !== node) {
      parent.children.push(node);
      continue;
    }
    roots.push(node);
    const mayBeForeign = node.level === "run" || node.level === "session";
    if (parentId !== null && !mayBeForeign) orphans++;
  }
  for (const { children } of nodes.values())
    if (children.length > 1) children.sort(byStart);
  roots.sort(byStart);
  return { roots, orphans };
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.startUs - b.startUs;
}
