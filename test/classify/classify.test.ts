import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { classify } from "../../src/classify/classify.js";
import { proxyBases } from "../../src/classify/proxy-base.js";
import { REQUEST_KINDS } from "../../src/model/request-kind.js";
import { ask } from "./ask.js";

describe("classify", () => {
  it("takes the go-get question for one wherever it is asked", () => {
    expect(
      ask("https://corp.example/x/@v/list?go-get=1").kind,
      "a path that looks like a module proxy's",
    ).toBe("go-get");
  });

  it.each([
    "https://goproxy.cn/",
    "https://goproxy.cn/stats/summary",
    "https://api.example.com/v1/tokens?secret=1",
    "http://example.com",
  ])("calls %s other, with no value in its shape", (url) => {
    expect(ask(url)).toEqual({ kind: "other", template: "{path}" });
  });

  it("answers for a target that is no path", () => {
    for (const target of ["*", "", "goproxy.cn:443", "?go-get=1"])
      expect(
        classify({
          method: "OPTIONS",
          scheme: "https",
          host: "goproxy.cn",
          port: 443,
          target,
          bases: [],
        }).kind,
      ).toBe("other");
  });

  it.each([
    ["HEAD", "zip"],
    ["POST", "other"],
    ["PUT", "other"],
    ["DELETE", "other"],
    ["OPTIONS", "other"],
    ["get", "other"],
  ])("takes %s for a zip to be %s", (method, kind) => {
    const url = "https://goproxy.cn/golang.org/x/text/@v/v0.3.0.zip";
    expect(ask(url, { method }).kind).toBe(kind);
  });

  it("is total, and never lets a value of the URL into the template", () => {
    const word = fc.constantFrom(
      "@v",
      "@latest",
      "list",
      "sumdb",
      "lookup",
      "tile",
      "supported",
      "latest",
      "info",
      "refs",
      "git-upload-pack",
      "https:",
      "goproxy",
      "ID",
      "8",
      "000",
      "%",
      "%2F",
      "%zz",
      "!a",
      "!",
      "Zvalue.example",
      "zvalue.example",
      "zvalue.example@v1.0.0-zvalue",
      "v1.0.0-zvalue.zip",
      "v1.0.0-zvalue.info",
      "GO-2024-0001.json",
      "",
    );
    const query = fc.constantFrom(
      "",
      "?go-get=1",
      "?service=git-upload-pack",
      "?service=%zz",
      "?zvalue",
    );
    fc.assert(
      fc.property(
        fc.constantFrom("GET", "HEAD", "POST"),
        fc.array(fc.oneof(word, fc.string()), { maxLength: 9 }),
        query,
        fc.boolean(),
        (method, words, query, known) => {
          const info = classify({
            method,
            scheme: "https",
            host: "zvalue.example",
            port: 443,
            target: `/${words.join("/")}${query}`,
            bases: known ? proxyBases(["https://zvalue.example/goproxy"]) : [],
          });
          expect(REQUEST_KINDS).toContain(info.kind);
          expect(info.template).toMatch(/^[a-zA-Z{}/@?=.1-]+$/);
          expect(info.template).not.toMatch(/zvalue/i);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
