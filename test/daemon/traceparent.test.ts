import { describe, expect, it } from "vitest";

import {
  formatTraceparent,
  parseTraceparent,
} from "../../src/daemon/traceparent.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("TRACEPARENT", () => {
  it("is read as W3C Trace Context writes it", () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
    });
    expect(parseTraceparent(` 00-${TRACE}-${SPAN}-00\n`)?.spanId).toBe(SPAN);
  });

  it("of a later version may have more fields", () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-more`)?.traceId).toBe(
      TRACE,
    );
  });

  it.each([
    undefined,
    "",
    "nonsense",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
  ])("that is %j begins a trace here", (value) => {
    expect(parseTraceparent(value)).toBeUndefined();
  });

  it("round-trips", () => {
    const span = { traceId: TRACE, spanId: SPAN };
    expect(parseTraceparent(formatTraceparent(span))).toEqual(span);
  });
});
