import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ATTR, ATTR_PREFIX } from "../../src/span/attributes.js";
import { spansOf } from "../../src/span/trace.js";
import { recoveredTrace, sampleTrace } from "../support/sample-trace.js";

const docs = readFileSync(
  new URL("../../docs/spans.md", import.meta.url),
  "utf8",
);
const keys: string[] = Object.values(ATTR);
const prefixes: string[] = Object.values(ATTR_PREFIX);

function hasPrefix(key: string): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}

describe("attribute keys", () => {
  it("stand once each", () => {
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("are all explained in docs/spans.md, and nothing else is", () => {
    const explained = [
      ...docs.matchAll(/^\| `([a-z_.]+(?:<\w+>)?)`\s+\|/gm),
    ].map(([, key]) => (key ?? "").replace(/<\w+>$/, ""));
    expect(explained.toSorted()).toEqual([...keys, ...prefixes].toSorted());
  });

  it("are the only ones that spans carry", () => {
    for (const span of [sampleTrace(), recoveredTrace()].flatMap(spansOf))
      for (const key of Object.keys(span.attributes))
        expect([key, keys.includes(key) || hasPrefix(key)]).toEqual([
          key,
          true,
        ]);
  });
});
