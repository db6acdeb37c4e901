import { describe, expect, it } from "vitest";

import { redirectTarget } from "../../src/policy/redirect-target.js";

const FROM = {
  origin: { scheme: "https", host: "goproxy.io", port: 443 },
  target: "/a/m.example/@v/v1.0.0.zip",
} as const;

describe("redirectTarget", () => {
  it.each([
    ["https://cdn.example/x?sig=1#top", "cdn.example", 443, "/x?sig=1"],
    ["https://cdn.example:8443", "cdn.example:8443", 8443, "/"],
    ["//cdn.example/x", "cdn.example", 443, "/x"],
    ["/x", "goproxy.io", 443, "/x"],
    ["v1.0.1.zip", "goproxy.io", 443, "/a/m.example/@v/v1.0.1.zip"],
    ["?x=1", "goproxy.io", 443, "/a/m.example/@v/v1.0.0.zip?x=1"],
    ["https://CDN.example/A//b/", "cdn.example", 443, "/A//b/"],
    ["https://[2001:db8::1]:8443/x", "[2001:db8::1]:8443", 8443, "/x"],
  ])("%s", (location, hostHeader, port, target) => {
    const to = redirectTarget(location, FROM);
    expect(to).toEqual({
      origin: {
        scheme: "https",
        host: hostHeader.replace(/^\[|\]?(?::\d+)?$/g, ""),
        port,
      },
      hostHeader,
      target,
    });
  });

  it.each([
    "http://cdn.example/x",
    "https://scott@cdn.example/x",
    "https://scott:tiger@cdn.example/x",
    "https://:tiger@cdn.example/x",
    "ftp://cdn.example/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https://a b/",
    "https://cdn.example:0/",
    "https://cdn.example:99999/",
  ])("%s is not followed, and its error does not repeat it", (location) => {
    const to = redirectTarget(location, FROM);
    expect(to).toEqual({ error: expect.any(String) as string });
    expect(JSON.stringify(to)).not.toMatch(/scott|tiger|cdn|passwd/);
  });

  it("does not stay on http", () => {
    const origin = { scheme: "http", host: "127.0.0.1", port: 3000 } as const;
    expect(redirectTarget("/x", { ...FROM, origin })).toHaveProperty("error");
  });
});
