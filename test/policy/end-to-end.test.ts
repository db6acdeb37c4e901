import { describe, expect, it } from "vitest";

import {
  endToEnd,
  endToEndTrailers,
  requestFields,
} from "../../src/policy/end-to-end.js";

describe("endToEnd", () => {
  it("keeps order, case and repetition, and drops what belongs to the connection", () => {
    expect(
      endToEnd([
        [":authority", "goproxy.cn"],
        ["Host", "goproxy.cn"],
        ["Connection", "close, X-Hop"],
        ["connection", " x-other "],
        ["X-Hop", "1"],
        ["x-Other", "2"],
        ["Keep-Alive", "timeout=5"],
        ["Proxy-Authorization", "Basic x"],
        ["Proxy-Connection", "keep-alive"],
        ["TE", "gzip"],
        ["Transfer-Encoding", "chunked"],
        ["Upgrade", "h2c"],
        ["HTTP2-Settings", "AAMAAABk"],
        ["Accept-Encoding", "gzip"],
        ["X-B", "1"],
        ["x-b", "2"],
      ]),
    ).toEqual([
      ["Host", "goproxy.cn"],
      ["Accept-Encoding", "gzip"],
      ["X-B", "1"],
      ["x-b", "2"],
    ]);
  });

  it("keeps TE: trailers, and lengths and hosts that Connection names", () => {
    const kept = [
      ["te", "trailers"],
      ["Content-Length", "5"],
      ["Host", "a.example"],
    ] as const;
    expect(endToEnd([["Connection", "Content-Length, Host"], ...kept])).toEqual(
      kept,
    );
  });
});

describe("requestFields", () => {
  it("leaves the Host out and joins HTTP/2's cookies", () => {
    expect(
      requestFields([
        ["cookie", "a=1"],
        ["host", "a.example"],
        ["accept", "*/*"],
        ["cookie", "b=2"],
        ["cookie", "c=3"],
      ]),
    ).toEqual([
      ["cookie", "a=1; b=2; c=3"],
      ["accept", "*/*"],
    ]);
    expect(requestFields([["Cookie", "a=1"]])).toEqual([["Cookie", "a=1"]]);
  });
});

describe("endToEndTrailers", () => {
  it("drops what frames, routes or authenticates", () => {
    expect(
      endToEndTrailers([
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
        ["Host", "a.example"],
        ["Authorization", "x"],
        ["Grpc-Status", "0"],
      ]),
    ).toEqual([["Grpc-Status", "0"]]);
  });
});
