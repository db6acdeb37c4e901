import { ATTR } from "../span/attributes.js";
import type { SpanNode } from "../span/tree.js";
import { escapeText } from "./escape.js";
import { spanHost, spanTitle } from "./request-title.js";
import type { Color } from "./style.js";
import { bytesText, durationText } from "./units.js";

/** What a line of the tree says of its span; all of it escaped. */
export interface NodeLabel {
  title: string;
  /** Never cut: status, bytes, what it waits for. */
  tail: string;
  color?: Color;
  /** Why it failed, for a line of its own. */
  cause?: string;
}

/** @param nowUs where open spans end for now, in microseconds since 1970 */
export function nodeLabel(
  node: SpanNode,
  showHost: boolean,
  nowUs: number,
): NodeLabel {
  const { span, level } = node;
  const failed = span.status.code === "ERROR";
  const label: NodeLabel = { title: titleOf(node, showHost), tail: "" };
  const marks: string[] = [];
  if (level === "run" || level === "session") {
    if (failed) marks.push(`(${escapeText(span.status.message ?? "failed")})`);
    label.color = failed ? "red" : "bold";
  } else {
    if (failed) {
      label.color = "red";
      marks.push(escapeText(String(span.attributes[ATTR.errorType])));
      const cause = span.status.message;
      // An attempt or phase repeats what the request's line has said.
      if (cause !== undefined && level === "request")
        label.cause = escapeText(cause);
    } else if (level !== "phase") marks.push(...answerMarks(node));
    if (node.endUs === undefined) marks.push(openMark(node, nowUs));
  }
  if (span.attributes[ATTR.lost] === true) marks.push("lost");
  label.tail = marks.filter((mark) => mark !== "").join(" ");
  return label;
}

function titleOf({ span, level }: SpanNode, showHost: boolean): string {
  const { attributes } = span;
  switch (level) {
    case "run":
    case "session":
      return escapeText(String(attributes[ATTR.command] ?? span.name));
    case "request": {
      const title = spanTitle(span);
      const host = spanHost(span);
      return showHost && !title.includes(host) ? `${host} ${title}` : title;
    }
    case "attempt": {
      const way = attributes[ATTR.way];
      const by = way === "direct" ? "" : ` by ${escapeText(String(way))}`;
      const reused = attributes[ATTR.reused] === true ? " (reused)" : "";
      return `${spanHost(span)}${by}${reused}`;
    }
    case "phase": {
      const address = attributes[ATTR.peerAddress];
      return typeof address === "string"
        ? `${span.name} ${escapeText(address)}`
        : span.name;
    }
  }
}

/** A status other than 200, and bytes where there are many. */
function answerMarks({ span }: SpanNode): string[] {
  const { attributes } = span;
  const status = attributes[ATTR.statusCode];
  const size =
    attributes[ATTR.tunnelBytesDown] ?? attributes[ATTR.responseBodySize];
  return [
    attributes[ATTR.clientGone] === true ? "cancelled" : "",
    typeof status === "number" && status !== 200 ? String(status) : "",
    typeof size === "number" && size >= 100_000 ? bytesText(size) : "",
  ];
}

/** `wait 7.2 s`: the deepest open span below, and how long it has lasted. */
function openMark(node: SpanNode, nowUs: number): string {
  let deepest = node;
  for (;;) {
    const next = deepest.children.findLast(({ endUs }) => endUs === undefined);
    if (next === undefined) break;
    deepest = next;
  }
  const took = durationText(Math.max(0, nowUs - deepest.startUs) / 1000);
  return deepest.level === "phase" && deepest !== node
    ? `${deepest.span.name} ${took}`
    : "open";
}
