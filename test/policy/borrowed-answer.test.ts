import { describe, expect, it } from "vitest";

import type { HeaderList } from "../../src/model/headers.js";
import type { RequestKind } from "../../src/model/request-kind.js";
import { borrowedAnswer } from "../../src/policy/borrowed-answer.js";

const FROM = {
  origin: { scheme: "https", host: "goproxy.io", port: 443 },
  target: "/m.example/@v/v1.0.0.zip",
} as const;

function judged(
  status: number,
  headers: HeaderList = [],
  kind: RequestKind = "zip",
) {
  return borrowedAnswer({ status, headers }, { kind }, FROM);
}

describe("borrowedAnswer", () => {
  it("takes a 200, with what it says of its body and nothing of its host", () => {
    const body: HeaderList = [
      ["Content-Type", "application/zip"],
      ["Content-Length", "5"],
      ["ETag", '"x"'],
      ["Accept-Ranges", "bytes"],
    ];
    const host: HeaderList = [
      ["Set-Cookie", "a=b"],
      ["WWW-Authenticate", "Basic"],
      ["Strict-Transport-Security", "max-age=1"],
      ["Alt-Svc", 'h3=":443"'],
      ["Clear-Site-Data", "*"],
      ["Location", "https://x.example/"],
      ["Content-Encoding", "identity"],
    ];
    const head = { status: 200, headers: [...host, ...body], contentLength: 5 };
    expect(borrowedAnswer(head, { kind: "zip" }, FROM)).toEqual({
      type: "take",
      head: { status: 200, headers: body, contentLength: 5 },
    });
  });

  it.each([404, 410, 401, 403, 407, 400, 204, 205, 203, 304, 300, 302])(
    "%i says nothing about the host that go named",
    (status) => {
      expect(judged(status)).toMatchObject({
        type: "reject",
        failure: { kind: "not-there", code: `${status}` },
      });
    },
  );

  it.each([429, 500, 502, 503, 504, 511, 599])("%i is a failure", (status) => {
    expect(judged(status)).toMatchObject({
      type: "reject",
      failure: { kind: "server-error", code: `${status}` },
    });
  });

  it.each(["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"])(
    "takes no page of %s",
    (type) => {
      expect(judged(200, [["content-type", type]])).toMatchObject({
        type: "reject",
        failure: { kind: "server-error" },
      });
    },
  );

  it.each(["gzip", "br", "identity, gzip"])("takes no %s body", (encoding) => {
    expect(judged(200, [["Content-Encoding", encoding]]).type).toBe("reject");
  });

  it("takes a piece only of what never changes", () => {
    const range: HeaderList = [["Content-Range", "bytes 5-9/10"]];
    expect(judged(206, range, "zip")).toMatchObject({
      type: "take",
      head: { status: 206, headers: range },
    });
    expect(judged(206, range, "list").type).toBe("reject");
    expect(judged(206, range, "sumdb-latest").type).toBe("reject");
  });

  it.each([301, 302, 303, 307, 308])("follows a %i", (status) => {
    expect(judged(status, [["Location", "https://cdn.example/x"]])).toEqual({
      type: "follow",
      origin: { scheme: "https", host: "cdn.example", port: 443 },
      target: "/x",
      hostHeader: "cdn.example",
    });
  });

  it("follows none that leads away from https", () => {
    const location: HeaderList = [["Location", "http://cdn.example/x"]];
    expect(judged(302, location)).toMatchObject({
      type: "reject",
      failure: { kind: "server-error" },
    });
  });
});
