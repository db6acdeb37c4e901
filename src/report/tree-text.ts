import type { Span } from "../model/span.js";
import { ATTR } from "../span/attributes.js";
import { rfc3339 } from "../span/instant.js";
import { buildTree, type SpanNode } from "../span/tree.js";
import { escapeText } from "./escape.js";
import { nodeLabel, type NodeLabel } from "./node-label.js";
import { nodeSegments } from "./node-segments.js";
import { shownChildren } from "./shown-children.js";
import { cutMark, paint, type TextStyle } from "./style.js";
import { cutText, padText, textWidth } from "./text-width.js";
import { durationText } from "./units.js";
import { type Axis, legend, type Stretch, waterfallBar } from "./waterfall.js";

export interface TreeOptions extends TextStyle {
  /** Opens attempts and phases; else a request is one line, with its attempts only where there are several. */
  phases?: boolean;
  /** Where open spans end for now; without it, at the latest instant on record. */
  nowUnixMs?: number;
}

const DURATION_CELLS = 8;
const GAP = 1;

/**
 * A trace as a tree with a waterfall, one line a span, each at most `columns` wide, with a final line feed. Failed spans are
 * followed by a line with the cause, so are changes of a breaker, a health check or the network.
 */
export function treeText(spans: readonly Span[], options: TreeOptions): string {
  const { roots, orphans } = buildTree(spans);
  if (roots.length === 0) return "nothing recorded\n";
  const layout = layoutOf(spans, roots, options);
  const lines = [heading(roots, options)];
  for (const root of roots) addNode(root, 0, layout, lines);
  const key = legend(layout.used, options);
  if (key.length > 0) lines.push("", ...key);
  if (orphans > 0) lines.push(`${orphans} spans have lost their parent`);
  return `${lines.join("\n")}\n`;
}

interface Layout extends TreeOptions {
  axis: Axis;
  labelCells: number;
  /** Several hosts: each request names its own. */
  showHost: boolean;
  used: Set<Stretch>;
}

function layoutOf(
  spans: readonly Span[],
  roots: readonly SpanNode[],
  options: TreeOptions,
): Layout {
  const cells = Math.min(80, Math.max(10, Math.floor(options.columns * 0.3)));
  const labelCells = options.columns - cells - DURATION_CELLS - 2 * GAP;
  const hosts = new Set<unknown>();
  for (const span of spans)
    if (span.kind === "SERVER") hosts.add(span.attributes[ATTR.serverAddress]);
  return {
    ...options,
    axis: { ...extent(roots, options.nowUnixMs), cells },
    labelCells: Math.max(labelCells, 12),
    showHost: hosts.size > 1,
    used: new Set(),
  };
}

function extent(
  roots: readonly SpanNode[],
  nowUnixMs: number | undefined,
): { startUs: number; endUs: number } {
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = 0;
  let open = false;
  const visit = (node: SpanNode): void => {
    startUs = Math.min(startUs, node.startUs);
    endUs = Math.max(endUs, node.endUs ?? node.startUs);
    if (node.endUs === undefined) open = true;
    node.children.forEach(visit);
  };
  roots.forEach(visit);
  if (open && nowUnixMs !== undefined)
    endUs = Math.max(endUs, Math.round(nowUnixMs * 1000));
  return { startUs, endUs };
}

function heading(roots: readonly SpanNode[], options: TreeOptions): string {
  const [first] = roots;
  if (first === undefined) return "";
  const time = rfc3339(first.startUs).replace("T", " ").slice(0, 19);
  const ids = [`trace ${first.span.trace_id}`];
  const runId = first.span.attributes[ATTR.runId];
  const sessionId = first.span.attributes[ATTR.sessionId];
  if (typeof runId === "string") ids.push(`run ${runId}`);
  else if (typeof sessionId === "string") ids.push(`session ${sessionId}`);
  const text = cutText(
    escapeText(`${time}Z  ${ids.toReversed().join("  ")}`),
    options.columns,
    cutMark(options),
  );
  return paint(text, "dim", options.color);
}

function addNode(
  node: SpanNode,
  depth: number,
  layout: Layout,
  lines: string[],
  siblings: readonly SpanNode[] = [],
): void {
  const label = nodeLabel(node, layout.showHost, layout.axis.endUs, siblings);
  lines.push(line(node, depth, label, layout));
  if (label.cause !== undefined) {
    const text = `${"  ".repeat(depth + 1)}${label.cause}`;
    lines.push(
      paint(
        cutText(text, layout.columns, cutMark(layout)),
        node.level === "change" ? "dim" : "red",
        layout.color,
      ),
    );
  }
  for (const child of shownChildren(node, layout.phases === true))
    addNode(child, depth + 1, layout, lines, node.children);
}

function line(
  node: SpanNode,
  depth: number,
  { title, tail, color }: NodeLabel,
  layout: Layout,
): string {
  const indent = "  ".repeat(depth);
  const end = tail === "" ? "" : ` ${tail}`;
  const room = layout.labelCells - indent.length - textWidth(end);
  const shown = cutText(title, Math.max(room, 8), cutMark(layout));
  const label = cutText(
    padText(indent + shown + end, layout.labelCells),
    layout.labelCells,
    cutMark(layout),
  );
  const tookUs = (node.endUs ?? layout.axis.endUs) - node.startUs;
  // A change is an instant.
  const tookText = node.level === "change" ? "" : durationText(tookUs / 1000);
  const took = padText(tookText, DURATION_CELLS, "right");
  const segments = nodeSegments(node, layout.axis.endUs);
  for (const { stretch } of segments) layout.used.add(stretch);
  const bar = waterfallBar(
    segments,
    layout.axis,
    node.endUs === undefined,
    layout,
  );
  return `${paint(label, color, layout.color)} ${took} ${bar}`;
}
