import { describe, expect, it } from "vitest";

import { programOf } from "../../src/policy/program.js";

describe("programOf", () => {
  it.each([
    ["Go-http-client/1.1", undefined, "go"],
    ["Go-http-client/2.0", undefined, "go"],
    ["git/2.39.5", undefined, "git"],
    ["git/2.39.5 (Apple Git-154)", undefined, "git"],
    ["curl/8.5.0", undefined, "other"],
    ["Go-http-client-evil/1", undefined, "other"],
    [undefined, undefined, "unknown"],
    ["", "", "unknown"],
    // The executable decides: every program written in Go says Go-http-client.
    ["Go-http-client/1.1", "/usr/bin/terraform", "other"],
    ["Go-http-client/1.1", "/usr/local/go/bin/go", "go"],
    [undefined, "/usr/local/go/bin/go (deleted)", "go"],
    [undefined, "C:\\Go\\bin\\go.exe", "go"],
    [undefined, "/home/jane/go/bin/go1.22.0", "go"],
    [undefined, "/home/jane/go/bin/go1.22rc1", "go"],
    [undefined, "/home/jane/go/bin/gopls", "gopls"],
    ["git/2.39.5", "/usr/lib/git-core/git-remote-https", "git"],
    [undefined, "/usr/lib/git-core/git-remote-http", "git"],
    [undefined, "/usr/bin/git-credential-manager", "other"],
    [undefined, "/usr/bin/gofmt", "other"],
    [undefined, "/tmp/go-build1/app.test", "other"],
  ])("%s of %s: %s", (userAgent, exe, program) => {
    expect(programOf(userAgent, exe)).toBe(program);
  });
});
