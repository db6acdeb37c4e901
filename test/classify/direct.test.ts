import { describe, expect, it } from "vitest";

import type { RequestInfo } from "../../src/model/request-kind.js";
import { ask } from "./ask.js";

// What go and git ask where GOPROXY=direct, and the go command's other services.

type Row = [request: string, expected: RequestInfo];

const git = (
  kind: RequestInfo["kind"],
  modulePath: string | undefined,
  tail: string,
): RequestInfo => ({
  kind,
  template: `{repository}/${tail}`,
  ...(modulePath === undefined ? {} : { modulePath }),
});

const ROWS: Row[] = [
  [
    "GET https://golang.org/x/tools?go-get=1",
    {
      kind: "go-get",
      modulePath: "golang.org/x/tools",
      template: "{module}?go-get=1",
    },
  ],
  [
    "GET https://k8s.io/api/core/v1?go-get=1", // a package's path, not a module's
    {
      kind: "go-get",
      modulePath: "k8s.io/api/core/v1",
      template: "{module}?go-get=1",
    },
  ],
  [
    "GET https://corp.example/?x=2&go-get=1",
    {
      kind: "go-get",
      modulePath: "corp.example",
      template: "{module}?go-get=1",
    },
  ],
  [
    "GET https://corp.example/a%zz?go-get=1",
    { kind: "go-get", template: "{module}?go-get=1" },
  ],
  [
    "GET https://corp.example/a?go-get=0",
    { kind: "other", template: "{path}" },
  ],
  ["GET https://corp.example/a?go-get", { kind: "other", template: "{path}" }],
  [
    "POST https://corp.example/a?go-get=1",
    { kind: "other", template: "{path}" },
  ],
  [
    "GET https://github.com/golang/tools/info/refs?service=git-upload-pack",
    git("git-refs", "github.com/golang/tools", "info/refs"),
  ],
  [
    "POST https://github.com/golang/tools/git-upload-pack",
    git("git-upload-pack", "github.com/golang/tools", "git-upload-pack"),
  ],
  [
    "GET https://gitlab.corp.example/group/sub/lib.git/info/refs?service=git-upload-pack",
    git("git-refs", "gitlab.corp.example/group/sub/lib", "info/refs"),
  ],
  [
    "POST https://gitlab.corp.example/group/sub/lib.git/git-upload-pack",
    git(
      "git-upload-pack",
      "gitlab.corp.example/group/sub/lib",
      "git-upload-pack",
    ),
  ],
  [
    "GET https://dev.azure.com/org/project/_git/repo/info/refs?service=git-upload-pack",
    git("git-refs", "dev.azure.com/org/project/_git/repo", "info/refs"),
  ],
  [
    "GET https://dev.azure.com/org/My%20Project/_git/repo/info/refs?service=git-upload-pack",
    git("git-refs", undefined, "info/refs"),
  ],
  [
    "GET https://go.googlesource.com/tools/info/refs?service=git-receive-pack",
    git("other", "go.googlesource.com/tools", "info/refs"),
  ],
  [
    "GET https://go.googlesource.com/tools/info/refs", // the dumb protocol
    git("other", "go.googlesource.com/tools", "info/refs"),
  ],
  [
    "POST https://github.com/golang/tools/git-receive-pack",
    git("other", "github.com/golang/tools", "git-receive-pack"),
  ],
  [
    "GET https://github.com/golang/tools/git-upload-pack",
    { kind: "other", template: "{path}" },
  ],
  [
    "GET https://vuln.go.dev/ID/GO-2024-2687.json",
    { kind: "vuln", template: "ID/{id}.json" },
  ],
  [
    "GET https://vuln.go.dev/index/db.json",
    { kind: "vuln", template: "index/{index}.json" },
  ],
  [
    "GET https://mirrors.example.com/vulndb/index/modules.json.gz",
    { kind: "vuln", template: "index/{index}.json" },
  ],
  [
    "GET https://vuln.go.dev/ID/readme.json",
    { kind: "other", template: "{path}" },
  ],
  [
    "POST https://telemetry.go.dev/upload/2026-11-16",
    { kind: "telemetry", template: "upload/{date}" },
  ],
  [
    "POST https://stats.corp.example/upload/2026-11-16",
    { kind: "telemetry", template: "upload/{date}" },
  ],
  [
    "GET https://telemetry.go.dev/config",
    { kind: "telemetry", template: "{path}" },
  ],
  [
    "GET https://corp.example/upload/2026-11-16",
    { kind: "other", template: "{path}" },
  ],
];

describe("requests without a module proxy", () => {
  it.each(ROWS)("%s", (request, expected) => {
    const [method = "", url = ""] = request.split(" ");
    expect(ask(url, { method })).toEqual(expected);
  });
});
