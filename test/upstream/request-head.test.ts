import { describe, expect, it } from "vitest";

import type { UpstreamRequest } from "../../src/model/upstream.js";
import {
  h1RequestHeaders,
  h1Target,
} from "../../src/upstream/h1-request-head.js";
import { h2RequestHeaders } from "../../src/upstream/h2-request-headers.js";
import { poolKey } from "../../src/upstream/pool-key.js";
import { requestProblem } from "../../src/upstream/request-check.js";
import { targetOf } from "./harness.js";

const request = (more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: "GET",
  target: "/a?b",
  headers: [],
  hostHeader: "a.test",
  hasBody: false,
  ...more,
});
const PROXY = {
  type: "http",
  name: "p",
  host: "proxy.test",
  port: 8080,
  username: "me",
  password: "x",
} as const;
const direct = targetOf({ scheme: "http", host: "a.test", port: 80 });

describe("the head of a request over HTTP/1.1", () => {
  it("begins with Host and keeps order, case and repetition", () => {
    const headers: [string, string][] = [
      ["X-b", "1"],
      ["x-A", "2"],
      ["X-b", "3"],
    ];
    expect(h1RequestHeaders(request({ headers }), direct)).toEqual([
      ["Host", "a.test"],
      ...headers,
    ]);
  });

  it("has one framing", () => {
    const framed = (more: Partial<UpstreamRequest>) =>
      h1RequestHeaders(request(more), direct).slice(1);
    expect(framed({ method: "POST", hasBody: true })).toEqual([
      ["Transfer-Encoding", "chunked"],
    ]);
    expect(framed({ method: "POST" })).toEqual([["Content-Length", "0"]]);
    const length: [string, string][] = [["content-length", "3"]];
    expect(framed({ method: "POST", hasBody: true, headers: length })).toEqual(
      length,
    );
  });

  it("carries nothing of the hop before", () => {
    const headers: [string, string][] = [
      ["Connection", "X-Mine"],
      ["X-Mine", "1"],
      ["Proxy-Authorization", "Basic x"],
      ["TE", "gzip"],
      ["Upgrade", "h2c"],
      ["Host", "other.test"],
    ];
    expect(h1RequestHeaders(request({ headers }), direct)).toEqual([
      ["Host", "a.test"],
    ]);
  });

  it("is in absolute-form for an HTTP proxy, for plain http alone", () => {
    const secure = targetOf(
      { scheme: "https", host: "a.test", port: 443 },
      PROXY,
    );
    const plain = targetOf({ scheme: "http", host: "a.test", port: 80 }, PROXY);
    const odd = targetOf({ scheme: "http", host: "::1", port: 8080 }, PROXY);
    expect(h1Target(request(), secure)).toBe("/a?b");
    expect(h1Target(request(), plain)).toBe("http://a.test/a?b");
    expect(h1Target(request(), odd)).toBe("http://[::1]:8080/a?b");
    expect(h1RequestHeaders(request(), secure)).toHaveLength(1);
    expect(h1RequestHeaders(request(), plain)[1]?.[0]).toBe(
      "Proxy-Authorization",
    );
  });
});

describe("the head of a request over HTTP/2", () => {
  it("has lower-case names, and lists for repetitions", () => {
    const headers: [string, string][] = [
      ["Accept", "a"],
      ["X-One", "1"],
      ["accept", "b"],
      ["User-Agent", "go"],
      ["user-agent", "go"],
      ["Connection", "close"],
      ["TE", "trailers"],
    ];
    expect({ ...h2RequestHeaders(request({ headers }), "https") }).toEqual({
      ":method": "GET",
      ":scheme": "https",
      ":authority": "a.test",
      ":path": "/a?b",
      accept: ["a", "b"],
      "x-one": "1",
      "user-agent": "go",
      te: "trailers",
    });
  });
});

describe("requestProblem", () => {
  it.each([
    { method: "GE T" },
    { target: "/a b" },
    { target: "/a\r\nX: y" },
    { hostHeader: "a\r\nX: y" },
    { headers: [["X\r\n", "y"]] as [string, string][] },
    { headers: [["X", "y\r\nZ: 1"]] as [string, string][] },
    { headers: [["X", "y\0"]] as [string, string][] },
  ])("refuses %j", (more) => {
    expect(requestProblem(request(more))?.kind).toBe("bad-request");
  });

  it("takes the others", () => {
    expect(
      requestProblem(request({ headers: [["X", "a\tb é"]] })),
    ).toBeUndefined();
  });
});

describe("poolKey", () => {
  const base = targetOf({ scheme: "https", host: "a.test", port: 443 });
  const key = (one = base, resolve = {}) => poolKey(one, resolve);

  it("is one for one place", () => {
    const slower = { ...base, limits: { ...base.limits, tlsMs: 1 } };
    expect(key(slower)).toBe(key());
  });

  it.each([
    { ...base, origin: { ...base.origin, scheme: "http" as const } },
    { ...base, origin: { ...base.origin, host: "b.test" } },
    { ...base, origin: { ...base.origin, port: 8443 } },
    { ...base, way: PROXY },
    { ...base, pinnedTo: 1 },
  ])("tells apart %j", (other) => {
    expect(key(other)).not.toBe(key());
  });

  it("tells credentials and [resolve] apart", () => {
    const way = { ...base, way: PROXY };
    const stranger = { ...base, way: { ...PROXY, password: "y" } };
    expect(key(way)).not.toBe(key(stranger));
    expect(key(base, { "a.test": "127.0.0.1" })).not.toBe(key());
  });
});
