import { ATTR } from "../span/attributes.js";
import type { Span } from "../model/span.js";
import type { SpanNode } from "../span/tree.js";
import { escapeText } from "./escape.js";
import { spanHost, spanTitle } from "./request-title.js";
import type { Color } from "./style.js";
import { attemptTitle, changeTitle, waitTitle } from "./attempt-title.js";
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

/**
 * @param nowUs where open spans end for now, in microseconds since 1970
 * @param siblings what stands beside it under its parent, for what an attempt followed
 */
export function nodeLabel(
  node: SpanNode,
  showHost: boolean,
  nowUs: number,
  siblings: readonly SpanNode[] = [],
): NodeLabel {
  const { span, level } = node;
  const failed = span.status.code === "ERROR";
  const label: NodeLabel = {
    title: titleOf(node, showHost, siblings),
    tail: "",
  };
  const marks: string[] = [];
  if (level === "run" || level === "session") {
    if (failed) marks.push(`(${escapeText(span.status.message ?? "failed")})`);
    label.color = failed ? "red" : "bold";
  } else if (level === "change") {
    label.color = "yellow";
    const cause = span.attributes[ATTR.changeCause];
    if (typeof cause === "string") label.cause = escapeText(cause);
  } else if (level === "wait") {
    label.color = "dim";
    if (node.endUs === undefined) marks.push("open");
  } else {
    if (failed) {
      label.color = "red";
      marks.push(errorMark(span));
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

function titleOf(
  { span, level }: SpanNode,
  showHost: boolean,
  siblings: readonly SpanNode[],
): string {
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
    case "change":
      return changeTitle(span);
    case "wait":
      return waitTitle(span);
    case "attempt":
      return attemptTitle(span, siblings);
    case "phase": {
      const address = attributes[ATTR.peerAddress];
      return typeof address === "string"
        ? `${span.name} ${escapeText(address)}`
        : span.name;
    }
  }
}

/** `truncated`, `503`. */
function errorMark({ attributes }: Span): string {
  const type = attributes[ATTR.errorType];
  const status = attributes[ATTR.statusCode];
  const says = type === "server-error" && typeof status === "number";
  return escapeText(String(says ? status : type));
}

/** A status other than 200, and bytes where there are many. */
function answerMarks({ children, span }: SpanNode): string[] {
  const { attributes } = span;
  const status = attributes[ATTR.statusCode];
  const size =
    attributes[ATTR.tunnelBytesDown] ?? attributes[ATTR.responseBodySize];
  const source = attributes[ATTR.servedBy];
  const isContinued =
    status === 206 && attributes[ATTR.resumeOffset] !== undefined;
  return [
    typeof source === "string" ? `from ${escapeText(source)}` : "",
    attributes[ATTR.clientGone] === true ? "cancelled" : "",
    typeof status === "number" && status !== 200 && !isContinued
      ? String(status)
      : "",
    attributes[ATTR.attemptUnused] === true && status === undefined
      ? "not needed"
      : "",
    isUnverified(span) || children.some((child) => isUnverified(child.span))
      ? "certificate not checked"
      : "",
    typeof size === "number" && size >= 100_000 ? bytesText(size) : "",
  ];
}

/** GOINSECURE or git's `sslVerify=false` was honoured: nobody should find that out by reading attributes. */
function isUnverified({ attributes }: Span): boolean {
  return attributes[ATTR.tlsUnverified] === true;
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
  const says = deepest.level === "phase" || deepest.level === "wait";
  return says && deepest !== node ? `${deepest.span.name} ${took}` : "open";
}
