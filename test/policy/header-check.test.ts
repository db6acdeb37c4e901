import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { HeaderList } from "../../src/model/headers.js";
import type { Origin } from "../../src/model/way.js";
import {
  checkRequestHead,
  checkResponseHead,
  type RequestHead,
} from "../../src/policy/header-check.js";

const HOST: HeaderList = [["Host", "goproxy.cn"]];
const HTTPS: Origin = { scheme: "https", host: "goproxy.cn", port: 443 };
const HEAD: RequestHead = {
  protocol: "1.1",
  method: "GET",
  target: "/rsc.io/quote/@v/list",
  rawHeaders: HOST,
  connectAuthority: HTTPS,
};
const check = (changed: Partial<RequestHead>) =>
  checkRequestHead({ ...HEAD, ...changed });
const statusWith = (...fields: HeaderList) => {
  const checked = check({ rawHeaders: [...HOST, ...fields] });
  return checked.ok ? 200 : checked.status;
};
/** Without a CONNECT: a plain-HTTP request to a proxy. */
const forward = (target: string, rawHeaders = HOST) => {
  const { connectAuthority: _, ...head } = HEAD;
  return checkRequestHead({ ...head, target, rawHeaders });
};

describe("checkRequestHead: what it lets through", () => {
  it("tells where a request inside a CONNECT goes, and that it has no body", () => {
    expect(check({})).toEqual({
      ok: true,
      origin: HTTPS,
      hostHeader: "goproxy.cn",
      target: "/rsc.io/quote/@v/list",
      form: "origin",
      chunked: false,
      hasBody: false,
    });
  });

  it.each([
    ["goproxy.cn:443", HTTPS],
    ["GoProxy.CN", HTTPS],
    ["goproxy.cn:8443", { ...HTTPS, port: 8443 }],
    ["[2001:DB8::0:1]", { ...HTTPS, host: "2001:db8::1" }],
  ])("takes Host %s for the CONNECT's authority", (host, connectAuthority) => {
    expect(
      check({ rawHeaders: [["Host", host]], connectAuthority }),
    ).toMatchObject({ ok: true, hostHeader: host });
  });

  it("takes the absolute form apart", () => {
    expect(
      forward("http://goproxy.test:8080/x?y=1", [
        ["Host", "goproxy.test:8080"],
      ]),
    ).toMatchObject({
      ok: true,
      origin: { scheme: "http", host: "goproxy.test", port: 8080 },
      hostHeader: "goproxy.test:8080",
      target: "/x?y=1",
      form: "absolute",
    });
    expect(check({ target: "https://goproxy.cn/x" })).toMatchObject({
      ok: true,
      target: "/x",
    });
  });

  it("names the Host where there is neither CONNECT nor absolute form", () => {
    expect(forward("/proxy/-/x", [["Host", "127.0.0.1:9090"]])).toMatchObject({
      ok: true,
      origin: { scheme: "http", host: "127.0.0.1", port: 9090 },
      form: "origin",
    });
  });

  it("reads HTTP/1.0 without a Host and HTTP/2 with :authority", () => {
    expect(
      check({ protocol: "1.0", rawHeaders: [], target: "https://goproxy.cn/x" })
        .ok,
    ).toBe(true);
    expect(
      check({
        protocol: "2",
        rawHeaders: [
          [":method", "GET"],
          [":scheme", "https"],
          [":authority", "goproxy.cn:443"],
          [":path", "/"],
          ["te", "trailers"],
        ],
      }),
    ).toMatchObject({
      ok: true,
      hostHeader: "goproxy.cn:443",
      hasBody: undefined,
    });
    expect(
      check({ protocol: "2", rawHeaders: [["host", "goproxy.cn"]] }).ok,
    ).toBe(true);
  });

  it("knows a body by its length or its coding", () => {
    const body = (...field: [string, string]) =>
      check({ method: "POST", rawHeaders: [...HOST, field] });
    expect(body("Content-Length", "12")).toMatchObject({
      contentLength: 12,
      chunked: false,
      hasBody: true,
    });
    expect(body("content-length", "0")).toMatchObject({
      contentLength: 0,
      hasBody: false,
    });
    expect(body("Transfer-Encoding", "Chunked")).toMatchObject({
      chunked: true,
      hasBody: true,
    });
  });

  it("lets a long URL, OPTIONS * and obs-text pass", () => {
    expect(check({ target: `/${"a".repeat(30_000)}` }).ok).toBe(true);
    expect(check({ method: "OPTIONS", target: "*" })).toMatchObject({
      form: "asterisk",
    });
    expect(statusWith(["X-Name", "J\xfcrgen\t"])).toBe(200);
  });
});

describe("checkRequestHead: what it refuses", () => {
  it.each<[string, HeaderList, number]>([
    [
      "two lengths",
      [
        ["Content-Length", "5"],
        ["Content-Length", "6"],
      ],
      400,
    ],
    [
      "one length twice",
      [
        ["Content-Length", "5"],
        ["content-length", "5"],
      ],
      400,
    ],
    ["a list of lengths", [["Content-Length", "5, 5"]], 400],
    ["a signed length", [["Content-Length", "+5"]], 400],
    ["a hexadecimal length", [["Content-Length", "0x5"]], 400],
    ["an empty length", [["Content-Length", ""]], 400],
    ["a length with a space", [["Content-Length", "5 "]], 400],
    ["a length beyond all numbers", [["Content-Length", "9".repeat(16)]], 400],
    [
      "a coding beside a length",
      [
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
      ],
      400,
    ],
    [
      "an empty coding beside a length",
      [
        ["Content-Length", "5"],
        ["Transfer-Encoding", ""],
      ],
      400,
    ],
    ["an empty coding", [["Transfer-Encoding", ""]], 400],
    [
      "two codings",
      [
        ["Transfer-Encoding", "chunked"],
        ["Transfer-Encoding", "chunked"],
      ],
      400,
    ],
    ["gzip, chunked", [["Transfer-Encoding", "gzip, chunked"]], 501],
    ["identity", [["Transfer-Encoding", "identity"]], 501],
    ["chunked with a vertical tab", [["Transfer-Encoding", "\vchunked"]], 400],
    ["chunked in quotes", [["Transfer-Encoding", '"chunked"']], 400],
    ["a second Host", [["host", "goproxy.cn"]], 400],
    [
      "Connection: Content-Length",
      [["Connection", "close, Content-Length"]],
      400,
    ],
    ["Connection: Host", [["Connection", "host"]], 400],
    ["a name with a space", [["X ", "1"]], 400],
    ["a name with a colon", [["X:", "1"]], 400],
    ["an empty name", [["", "1"]], 400],
    ["a pseudo-field in HTTP/1.1", [[":path", "/"]], 400],
    ["CR LF in a value", [["X", "1\r\nY: 2"]], 400],
    ["a folded value", [["X", "1\r\n 2"]], 400],
    ["a bare CR", [["X", "1\r2"]], 400],
    ["a bare LF", [["X", "1\n2"]], 400],
    ["NUL", [["X", "1\0"]], 400],
    ["a character that is no byte", [["X", "\u{20ac}"]], 400],
    ["64 KiB", [["X", "a".repeat(65_536)]], 431],
    [
      "257 fields",
      Array.from({ length: 256 }, (_, i) => [`X-${i}`, ""] as const),
      431,
    ],
  ])("%s", (_, fields, status) => {
    expect(statusWith(...fields)).toBe(status);
  });

  it.each<[string, Partial<RequestHead>, number]>([
    [
      "another Host than the CONNECT's",
      { rawHeaders: [["Host", "evil.example"]] },
      421,
    ],
    ["another port", { rawHeaders: [["Host", "goproxy.cn:8443"]] }, 421],
    [
      "another absolute form",
      {
        target: "https://evil.example/",
        rawHeaders: [["Host", "evil.example"]],
      },
      421,
    ],
    [
      "the other scheme",
      {
        target: "http://goproxy.cn:443/",
        rawHeaders: [["Host", "goproxy.cn:443"]],
      },
      421,
    ],
    [
      "a Host that is not the target's",
      { target: "https://goproxy.cn/", rawHeaders: [["Host", "evil.example"]] },
      400,
    ],
    ["no Host", { rawHeaders: [] }, 400],
    ["an empty Host", { rawHeaders: [["Host", ""]] }, 400],
    [
      "two names in one Host",
      { rawHeaders: [["Host", "goproxy.cn, evil.example"]] },
      400,
    ],
    [
      "userinfo in Host",
      { rawHeaders: [["Host", "goproxy.cn@evil.example"]] },
      400,
    ],
    ["a space in the target", { target: "/x HTTP/1.1" }, 400],
    ["CR LF in the target", { target: "/x\r\nHost: evil.example" }, 400],
    ["a fragment", { target: "/x#y" }, 400],
    ["raw UTF-8", { target: "/\u{fc}" }, 400],
    ["no target", { target: "" }, 400],
    ["a bare path", { target: "x" }, 400],
    ["*, but no OPTIONS", { target: "*" }, 400],
    ["an ftp URL", { target: "ftp://goproxy.cn/" }, 400],
    ["too long a target", { target: `/${"a".repeat(32_768)}` }, 414],
    ["a method with a space", { method: "GET /" }, 400],
    ["no method", { method: "" }, 400],
    ["CONNECT", { method: "CONNECT", target: "goproxy.cn:443" }, 501],
    [
      "chunked in HTTP/1.0",
      {
        protocol: "1.0",
        rawHeaders: [...HOST, ["Transfer-Encoding", "chunked"]],
      },
      400,
    ],
  ])("%s", (_, head, status) => {
    expect(check(head)).toMatchObject({ ok: false, status });
  });

  it.each<[string, HeaderList]>([
    ["Connection", [["connection", "close"]]],
    ["Transfer-Encoding", [["transfer-encoding", "chunked"]]],
    ["Upgrade", [["upgrade", "h2c"]]],
    ["Keep-Alive", [["keep-alive", "1"]]],
    ["Proxy-Connection", [["proxy-connection", "close"]]],
    ["TE: gzip", [["te", "gzip"]]],
    ["an upper-case name", [["X-Name", "1"]]],
    ["white space around a value", [["x", " 1"]]],
    ["CR LF", [["x", "1\r\ny: 2"]]],
    ["a second :authority", [[":authority", "goproxy.cn"]]],
    ["an unknown pseudo-field", [[":protocol", "websocket"]]],
    [
      "a pseudo-field behind a field",
      [
        ["x", "1"],
        [":path", "/"],
      ],
    ],
    ["a Host that differs", [["host", "evil.example"]]],
    [
      "two lengths",
      [
        ["content-length", "1"],
        ["content-length", "2"],
      ],
    ],
  ])("in HTTP/2: %s", (_, fields) => {
    const rawHeaders: HeaderList = [[":authority", "goproxy.cn"], ...fields];
    expect(check({ protocol: "2", rawHeaders })).toMatchObject({
      ok: false,
      status: 400,
    });
  });

  it("answers 421 to another :authority, 400 to none", () => {
    expect(
      check({ protocol: "2", rawHeaders: [[":authority", "evil.example"]] }),
    ).toMatchObject({ status: 421 });
    expect(check({ protocol: "2", rawHeaders: [] })).toMatchObject({
      status: 400,
    });
  });

  it("gives a text of one line that repeats nothing of a value", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, text, (target, name, value) => {
        const checked = check({
          target: `/${target}`,
          rawHeaders: [...HOST, [name, `s3cret${value}`]],
        });
        const said = checked.ok ? "fine\n" : checked.text;
        expect(said).toMatch(/^[\x20-\x7e]+\n$/);
        expect(said).not.toContain("s3cret");
      }),
    );
  });

  it("lets nothing through that could be read as two heads", () => {
    const char = fc.constantFrom(
      "a",
      ":",
      " ",
      "\r",
      "\n",
      "\t",
      "\0",
      "\v",
      "\x85",
      "\u{2028}",
      "\u{10a}",
    );
    const word = fc
      .array(char, { maxLength: 6 })
      .map((chars) => chars.join(""));
    fc.assert(
      fc.property(word, word, word, word, (method, target, name, value) => {
        const head = check({
          method: `G${method}`,
          target: `/${target}`,
          rawHeaders: [...HOST, [`x${name}`, value]],
        });
        const wire = Buffer.from(
          `G${method} /${target} HTTP/1.1\r\nx${name}: ${value}\r\n`,
          "latin1",
        );
        const lines = wire
          .toString("latin1")
          .split(/[\r\n\0]+/)
          .filter(Boolean);
        expect(head.ok && lines.length !== 2).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checkResponseHead", () => {
  const respond = (
    status: number,
    rawHeaders: HeaderList = [],
    method = "GET",
    protocol: RequestHead["protocol"] = "1.1",
  ) => checkResponseHead({ protocol, status, rawHeaders, method });

  it("tells whether and how long a body is", () => {
    const length: HeaderList = [["Content-Length", "9"]];
    expect(respond(200, length)).toEqual({
      ok: true,
      contentLength: 9,
      chunked: false,
      hasBody: true,
    });
    expect(respond(200, [["transfer-encoding", "chunked"]])).toMatchObject({
      chunked: true,
      hasBody: true,
    });
    expect(respond(200)).toEqual({ ok: true, chunked: false, hasBody: true });
    expect(respond(200, length, "HEAD")).toMatchObject({
      contentLength: 9,
      hasBody: false,
    });
    expect(respond(304, length)).toMatchObject({
      contentLength: 9,
      hasBody: false,
    });
    expect(respond(204, [["Content-Length", "0"]])).toMatchObject({
      ok: true,
      hasBody: false,
    });
    expect(
      respond(
        200,
        [
          [":status", "200"],
          ["x", "1"],
        ],
        "GET",
        "2",
      ),
    ).toMatchObject({ ok: true, hasBody: true });
    expect(respond(100)).toMatchObject({ hasBody: false });
  });

  it.each<[string, number, HeaderList]>([
    [
      "a coding beside a length",
      200,
      [
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
      ],
    ],
    [
      "an empty coding beside a length",
      200,
      [
        ["Transfer-Encoding", ""],
        ["Content-Length", "5"],
      ],
    ],
    [
      "two lengths",
      200,
      [
        ["Content-Length", "5"],
        ["Content-Length", "6"],
      ],
    ],
    ["another coding", 200, [["Transfer-Encoding", "gzip"]]],
    ["204 with a body", 204, [["Content-Length", "5"]]],
    ["204 in chunks", 204, [["Transfer-Encoding", "chunked"]]],
    ["101", 101, []],
    ["a status of two digits", 99, []],
    ["a status that is no number", NaN, []],
    ["CR LF in a value", 200, [["Location", "/\r\nSet-Cookie: a=1"]]],
    ["a bad name", 200, [["X Y", "1"]]],
    ["64 KiB", 200, [["X", "a".repeat(65_536)]]],
  ])("refuses %s", (_, status, headers) => {
    expect(respond(status, headers)).toEqual({
      ok: false,
      text: expect.stringMatching(/^[^\r\n]+$/) as unknown,
    });
  });

  it.each(["1.0", "2"] as const)("refuses a coding in HTTP/%s", (protocol) => {
    expect(
      respond(200, [["transfer-encoding", "chunked"]], "GET", protocol).ok,
    ).toBe(false);
  });
});
