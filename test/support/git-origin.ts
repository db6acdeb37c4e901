import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { NOT_FOUND, type Answer, type OriginRequest } from "./origin-answer.js";
import { makeFolder, removeFolder } from "./temp-folder.js";

/** A git repository that holds one Go module, with tags. */
export interface GitRepository {
  /** `code.test/lib`: what go imports. */
  module: string;
  versions: readonly string[];
  /** Answers `?go-get=1` below the module's path and git's smart HTTP below `/git/lib.git`. */
  answer(request: OriginRequest): Promise<Answer>;
  remove(): void;
}

/**
 * Makes the repository with the real git.
 * @param host where it will be served, over https without a port: go's rules for import paths
 */
export function makeGitRepository(
  host: string,
  name = "lib",
  versions: readonly string[] = ["v0.1.0", "v1.0.0", "v1.2.3"],
): GitRepository {
  const folder = makeFolder("git");
  const work = join(folder, "work");
  const bare = join(folder, "srv", "git", `${name}.git`);
  const module = `${host}/${name}`;
  mkdirSync(work);
  const git = (...args: string[]): void => {
    execFileSync("git", args, {
      cwd: work,
      env: gitEnv(folder),
      stdio: "pipe",
    });
  };
  git("init", "-q", "-b", "main");
  writeFileSync(join(work, "go.mod"), `module ${module}\n\ngo 1.21\n`);
  for (const version of versions) {
    writeFileSync(
      join(work, `${name}.go`),
      `package ${name}\n\nconst Version = "${version}"\n`,
    );
    git("add", ".");
    git("commit", "-q", "-m", version);
    git("tag", version);
  }
  mkdirSync(join(folder, "srv", "git"), { recursive: true });
  git("clone", "-q", "--bare", work, bare);
  const meta = `<html><head><meta name="go-import" content="${module} git https://${host}/git/${name}.git"></head></html>\n`;
  return {
    module,
    versions,
    async answer(request) {
      const [path = "", query = ""] = request.path.split("?");
      if (query === "go-get=1" && path.startsWith(`/${name}`))
        return { body: meta, headers: { "content-type": "text/html" } };
      if (!path.startsWith(`/git/${name}.git/`)) return NOT_FOUND;
      return httpBackend(join(folder, "srv"), folder, path, query, request);
    },
    remove: () => removeFolder(folder),
  };
}

function gitEnv(home: string): NodeJS.ProcessEnv {
  const who = {
    NAME: "gotap",
    EMAIL: "gotap@example.com",
    DATE: "2024-01-02T03:04:05Z",
  };
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
  };
  for (const [key, value] of Object.entries(who)) {
    env[`GIT_AUTHOR_${key}`] = value;
    env[`GIT_COMMITTER_${key}`] = value;
  }
  return env;
}

/** `git http-backend` as CGI (RFC 3875): its answer is small here, so it is taken whole. */
async function httpBackend(
  root: string,
  home: string,
  path: string,
  query: string,
  request: OriginRequest,
): Promise<Answer> {
  const body = await request.body();
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnv(home),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: request.headers["git-protocol"] ?? "",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(body);
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  const output = Buffer.concat(parts);
  const split = output.indexOf("\r\n\r\n");
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, split).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, body: output.subarray(split + 4) };
}
