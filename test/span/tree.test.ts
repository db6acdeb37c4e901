import { describe, expect, it } from "vitest";

import { spansOf } from "../../src/span/trace.js";
import { buildTree, type SpanNode } from "../../src/span/tree.js";
import { sampleTrace } from "../support/sample-trace.js";

const spans = spansOf(sampleTrace());

function shape(node: SpanNode): string[] {
  return [node.level, ...node.children.flatMap(shape)];
}

describe("buildTree", () => {
  it("nests run, sessions, requests, attempts and phases, in any order of arrival", () => {
    const tree = buildTree([...spans].toReversed());
    expect(tree.orphans).toBe(0);
    expect(tree.roots).toHaveLength(1);
    const [run] = tree.roots;
    expect(run?.level).toBe("run");
    expect(run?.children.map((node) => node.span.name)).toEqual([
      "go mod download",
      "go vet",
    ]);
    const dialling = run?.children[0]?.children[0];
    expect(dialling === undefined ? [] : shape(dialling)).toEqual([
      "request",
      "attempt",
      "phase",
      "phase",
      "phase",
      "phase",
      "phase",
      "phase",
    ]);
    expect(run?.children[1]?.children[0]?.endUs).toBeUndefined();
  });

  it("sorts children by start", () => {
    const starts = buildTree(spans).roots[0]?.children[0]?.children.map(
      (node) => node.startUs,
    );
    expect(starts).toEqual([...(starts ?? [])].toSorted((a, b) => a - b));
    expect(starts?.length).toBe(9);
  });

  it("counts a request whose parent is missing, not a session under TRACEPARENT", () => {
    const withoutSessions = spans.filter((span) => span.kind !== "INTERNAL");
    const tree = buildTree(withoutSessions);
    expect(tree.orphans).toBe(10);
    expect(tree.roots).toHaveLength(10);
    const session = spans.find((span) => span.name === "go vet");
    expect(buildTree(session === undefined ? [] : [session]).orphans).toBe(0);
  });
});
