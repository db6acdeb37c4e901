import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { CliContext } from "../../src/cli/context.js";
import { beforeGotap, upstreamOf } from "../../src/cli/previous-proxy.js";
import { savingChange } from "../../src/cli/saved-environment.js";
import { foldersOf } from "../../src/config/folders.js";
import { DaemonStandIn } from "./daemon-stand-in.js";

let daemon: DaemonStandIn;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(() => daemon.close());

function before(env: NodeJS.ProcessEnv, cwd = daemon.home) {
  const whole = { ...daemon.env, ...env };
  const context = { env: whole, cwd } as CliContext;
  return beforeGotap(context, foldersOf(whole).runtime);
}

describe("beforeGotap", () => {
  it("nothing was set", async () => {
    expect(await before({})).toEqual({ proxy: {}, git: {} });
  });

  it("a proxy of the environment, with its NO_PROXY", async () => {
    const { proxy } = await before({
      https_proxy: "http://proxy.corp.example:3128",
      NO_PROXY: ".corp.example",
    });
    expect(proxy).toEqual({
      https: "http://proxy.corp.example:3128",
      noProxy: ".corp.example",
    });
  });

  it("git's own, where the variables name none", async () => {
    const folder = join(daemon.home, "repository");
    mkdirSync(folder);
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: folder, env: daemon.env });
    git("init", "-q");
    git("config", "http.proxy", "http://git-proxy.corp.example:8080");
    const { proxy } = await before({}, folder);
    expect(proxy.https).toBe("http://git-proxy.corp.example:8080");
  });

  it("after gotap env: what stood before it, never gotap itself", async () => {
    await daemon.start(999_999_001);
    const own = { HTTPS_PROXY: "http://127.0.0.1:9090" };
    expect(upstreamOf(await before(own))).toEqual({});
    const saved = savingChange(
      { HTTPS_PROXY: "http://proxy.corp.example:3128" },
      own,
    );
    expect((await before(saved)).proxy).toMatchObject({
      https: "http://proxy.corp.example:3128",
    });
  });

  it("gotap typed by hand means that daemon's upstream, for a proxy of our own", async () => {
    await daemon.start(999_999_001, { upstreamProxy: "corp.example:3128" });
    const found = await before({
      HTTPS_PROXY: "localhost:9090",
      NO_PROXY: ".corp.example",
    });
    expect(found.proxy).toEqual({ noProxy: ".corp.example" });
    expect(upstreamOf(found)).toEqual({
      https: "http://corp.example:3128",
      http: "http://corp.example:3128",
      noProxy: ".corp.example",
    });
  });
});
