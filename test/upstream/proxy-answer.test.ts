import { describe, expect, it } from "vitest";

import {
  MAX_ANSWER_BYTES,
  ProxyAnswerParser,
} from "../../src/upstream/proxy-answer.js";

const parse = (text: string) =>
  new ProxyAnswerParser().push(Buffer.from(text, "latin1"));

describe("ProxyAnswerParser", () => {
  it("keeps what follows the head, a Content-Length notwithstanding", () => {
    expect(
      parse("HTTP/1.1 200 Connected\r\nContent-Length: 5\r\n\r\nhello"),
    ).toEqual({
      status: 200,
      reason: "Connected",
      challenges: [],
      rest: Buffer.from("hello"),
    });
  });

  it("takes a head byte by byte", () => {
    const parser = new ProxyAnswerParser();
    const bytes = Buffer.from("HTTP/1.0 407 No\r\nA: b\r\n\r\n");
    for (const byte of bytes.subarray(0, -1))
      expect(parser.push(Buffer.from([byte]))).toBeUndefined();
    expect(parser.push(bytes.subarray(-1))).toMatchObject({ status: 407 });
  });

  it("skips interim answers", () => {
    const both = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx";
    expect(parse(both)).toMatchObject({ status: 200, rest: Buffer.from("x") });
  });

  it("takes bare line feeds and a missing reason", () => {
    expect(parse("HTTP/1.1 200\n\n")).toMatchObject({
      status: 200,
      reason: "",
    });
  });

  it.each([
    "SSH-2.0-x",
    "\x16\x03\x01",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 101 Switching\r\n\r\n",
    "HTTP/1.1  200\r\n\r\n",
  ])("knows %j for malformed", (text) => {
    expect(parse(text)).toBe("malformed");
  });

  it("names what the proxy would take for authentication", () => {
    const asked = [
      "Proxy-Authenticate: Negotiate",
      'proxy-authenticate: Digest realm="a, Basic b", nonce=x, NTLM',
      'Proxy-Authenticate: Basic realm="x"',
    ];
    expect(
      parse(`HTTP/1.1 407 No\r\n${asked.join("\r\n")}\r\n\r\n`),
    ).toMatchObject({ challenges: ["Negotiate", "Digest", "NTLM", "Basic"] });
  });

  it("is bounded", () => {
    const parser = new ProxyAnswerParser();
    expect(parser.push(Buffer.from("HTTP/1.1 200 OK\r\n"))).toBeUndefined();
    expect(parser.push(Buffer.alloc(MAX_ANSWER_BYTES, "a"))).toBe("malformed");
  });

  it("shows no control characters", () => {
    expect(parse("HTTP/1.1 403 a\x1b[2Jb\r\n\r\n")).toMatchObject({
      reason: "a?[2Jb",
    });
  });
});
