import { describe, expect, it } from "vitest";

import type { HeaderList } from "../../src/model/headers.js";
import {
  borrowedFields,
  hasCredentials,
} from "../../src/policy/borrowed-request.js";

const OF_GO: HeaderList = [
  ["User-Agent", "Go-http-client/2.0"],
  ["Accept-Encoding", "gzip"],
];

describe("hasCredentials", () => {
  it("finds none in what go and git send of themselves", () => {
    expect(hasCredentials([])).toBe(false);
    expect(hasCredentials(OF_GO)).toBe(false);
    expect(
      hasCredentials([
        ["user-agent", "git/2.39.5"],
        ["accept", "*/*"],
        ["accept-language", "en"],
        ["git-protocol", "version=2"],
        ["content-type", "application/x-git-upload-pack-request"],
        ["content-length", "175"],
        ["pragma", "no-cache"],
        ["referer", "https://x.example/"],
      ]),
    ).toBe(false);
  });

  // GOAUTH sends whatever field a host wants (`go help goauth`).
  it.each([
    "Authorization",
    "authorization",
    "Cookie",
    "Private-Token",
    "X-Api-Key",
    "X-Anything",
  ])("takes %s for one", (name) => {
    expect(hasCredentials([...OF_GO, [name, "x"]])).toBe(true);
  });
});

describe("borrowedFields", () => {
  it("shows another host who asks and what it takes, and asks for the plain body", () => {
    expect(
      borrowedFields([
        ["Authorization", "Basic x"],
        ["user-agent", "Go-http-client/2.0"],
        ["Cookie", "a=b"],
        ["Accept", "*/*"],
        ["accept-encoding", "gzip"],
        ["Range", "bytes=5-"],
        ["If-None-Match", '"x"'],
        ["Referer", "https://corp.example/secret"],
        ["Proxy-Authorization", "Basic x"],
        ["Private-Token", "x"],
        ["traceparent", "00-1-2-01"],
      ]),
    ).toEqual([
      ["user-agent", "Go-http-client/2.0"],
      ["Accept", "*/*"],
      ["Accept-Encoding", "identity"],
    ]);
  });
});
