import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/env.js";
import { DaemonStandIn } from "./daemon-stand-in.js";
import { runCommand } from "./run-command.js";

let daemon: DaemonStandIn;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(() => daemon.close());

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCommand(define, args, { env: { ...daemon.env, ...env }, cwd: "/" });

/** The environment that a real sh has after it evaluated these texts. */
async function afterSh(
  env: NodeJS.ProcessEnv,
  ...texts: string[]
): Promise<NodeJS.ProcessEnv> {
  const print = `"${process.execPath}" -e "process.stdout.write(JSON.stringify(process.env))"`;
  const { stdout } = await promisify(execFile)(
    "sh",
    ["-euc", [...texts, print].join("\n")],
    { env },
  );
  const seen = JSON.parse(stdout) as NodeJS.ProcessEnv;
  for (const own of ["PWD", "OLDPWD", "SHLVL", "_"]) delete seen[own];
  return seen;
}

describe("gotap env without a daemon", () => {
  it("prints nothing on stdout, and says what to start", async () => {
    const { stdout, error } = await run([]);
    expect(stdout).toBe("");
    expect(error).toMatchObject({
      code: "NO_DAEMON",
      exitCode: 1,
      hint: expect.stringContaining("gotap daemon") as string,
    });
  });

  it("takes no run for a daemon", async () => {
    await daemon.start(999_999_001, { kind: "run" });
    expect((await run([])).error).toMatchObject({ code: "NO_DAEMON" });
  });
});

describe("gotap env", () => {
  it("sets the proxy without a run id, and the bundles that the daemon names", async () => {
    let asked: unknown;
    await daemon.start(
      999_999_001,
      { listen: ["127.0.0.1:9191"] },
      {
        bundles: (previous) => {
          asked = previous;
          return { SSL_CERT_FILE: "/bundles/it's.pem", PIP_CERT: "/b.pem" };
        },
      },
    );
    const { stdout, error } = await run(["--format", "json"], {
      SSL_CERT_FILE: "old.pem",
    });
    expect(error).toBeUndefined();
    expect(asked).toEqual({
      SSL_CERT_FILE: "/old.pem",
      CURL_CA_BUNDLE: "/old.pem",
    });
    const variables = JSON.parse(stdout) as Record<string, string>;
    expect(variables).toMatchObject({
      HTTPS_PROXY: "http://127.0.0.1:9191",
      https_proxy: "http://127.0.0.1:9191",
      SSL_CERT_FILE: "/bundles/it's.pem",
      GIT_CONFIG_COUNT: "1",
    });
    expect(Object.keys(variables).join()).not.toContain("GOTAP_");
  });

  it.each([
    ["0.0.0.0:9", "http://127.0.0.1:9"],
    ["[::]:9", "http://[::1]:9"],
    ["[::1]:9", "http://[::1]:9"],
  ])("a daemon on %s is reached at %s", async (listen, url) => {
    await daemon.start(999_999_001, { listen: [listen] });
    const { stdout } = await run(["--format", "docker"]);
    expect(stdout).toContain(`HTTPS_PROXY=${url}\n`);
  });

  it("asks which of several", async () => {
    await daemon.start(999_999_001, { listen: ["127.0.0.1:1"] });
    await daemon.start(999_999_002, { listen: ["127.0.0.1:2"] });
    const { stdout, error } = await run([]);
    expect(stdout).toBe("");
    expect(error).toMatchObject({ code: "SEVERAL_DAEMONS" });
    expect(String(error)).toContain("--pid 999999002  127.0.0.1:2");
    const chosen = await run(["--pid", "999999002"]);
    expect(chosen.stdout).toContain("HTTPS_PROXY='http://127.0.0.1:2'");
    expect((await run(["--pid", "x"])).error).toMatchObject({ exitCode: 2 });
  });

  it("refuses a format that it does not know", async () => {
    await daemon.start(999_999_001);
    const { stdout, error } = await run(["--format", "xml"]);
    expect(stdout).toBe("");
    expect(error).toMatchObject({ code: "commander.invalidArgument" });
  });
});

describe("gotap env --unset in a real sh", () => {
  const user = {
    HTTPS_PROXY: "http://u:p'w$@corp.example:3128",
    no_proxy: ".corp.example",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "user.name",
    GIT_CONFIG_VALUE_0: "Ada",
    SSL_CERT_FILE: "/etc/corp.pem",
  };

  it("gives back what was set, also after it was set twice", async () => {
    await daemon.start(999_999_001);
    const before = { ...daemon.env, ...user };
    const once = await afterSh(before, (await run([], before)).stdout);
    expect(once["HTTPS_PROXY"]).toBe("http://127.0.0.1:9090");
    expect(once["GIT_CONFIG_COUNT"]).toBe("2");
    const twice = await afterSh(once, (await run([], once)).stdout);
    expect(twice).toEqual(once);
    const { stdout } = await run(["--unset"], twice);
    expect(await afterSh(twice, stdout)).toEqual(before);
  });

  it("needs no daemon, and does nothing where nothing was set", async () => {
    const { stdout, stderr, error } = await run(["--unset"]);
    expect({ stdout, error }).toEqual({ stdout: "", error: undefined });
    expect(stderr).toContain("nothing");
  });
});
