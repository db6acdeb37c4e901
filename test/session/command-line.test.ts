import { describe, expect, it } from "vitest";

import {
  commandOf,
  commandOfUserAgent,
} from "../../src/session/command-line.js";

const command = (line: string) => {
  const argv = line.split(" ");
  return commandOf({ pid: 1, startTicks: 1, argv });
};

describe("commandOf", () => {
  it.each([
    ["go mod download", "go mod download"],
    [
      "/usr/local/go/bin/go mod download -x example.com/a@v1",
      "go mod download",
    ],
    ["go mod download=s3cret", "go mod"],
    ["go -C /home/jane/app build ./...", "go build"],
    ["go -C=/home/jane/app mod tidy", "go mod tidy"],
    ["go --C /home/jane/app test", "go test"],
    ["go get corp.example/private@v1", "go get"],
    ["go run ./cmd/server --token=s3cret", "go run"],
    ["go env -w GOPRIVATE=corp.example", "go env"],
    ["go work sync", "go work sync"],
    ["go work s3cret", "go work"],
    ["go tool pprof http://x", "go tool pprof"],
    ["go tool corp.example/private/tool", "go tool"],
    ["go telemetry off", "go telemetry off"],
    ["go", "go"],
    ["go s3cret", "go"],
    ["go -s3cret mod", "go"],
    ["go1.22.0 mod vendor", "go mod vendor"],
    ["gopls serve -token s3cret", "gopls"],
    ["git fetch -f origin", "git fetch"],
    ["git -c http.extraHeader=s3cret clone https://u:p@x", "git clone"],
    ["git --git-dir /x --bare ls-remote", "git ls-remote"],
    ["git s3cret", "git"],
    ["git -c", "git"],
    ["/usr/bin/curl https://u:p@x", "curl"],
    ["", "unknown client"],
  ])("%s", (line, expected) => {
    expect(command(line)).toBe(expected);
  });

  it("lets no program write on the terminal with its name", () => {
    const exe = `/tmp/a\u{1b}[31m\u{202e}b\n${"x".repeat(500)}`;
    const text = commandOf({ pid: 1, startTicks: 1, exe, argv: [] });
    expect(text).toMatch(/^a31mbx+$/);
    expect(text.length).toBeLessThanOrEqual(64);
  });
});

describe("commandOfUserAgent", () => {
  it.each([
    ["Go-http-client/2.0", "go"],
    ["git/2.39.5", "git"],
    ["curl/8.5.0 (x86_64)", "curl"],
    ["\u{202e}evil name", "evil"],
    ["", "unknown client"],
    [undefined, "unknown client"],
  ])("%s", (userAgent, expected) => {
    expect(commandOfUserAgent(userAgent)).toBe(expected);
  });
});
