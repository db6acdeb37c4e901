import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

import { runChild, startChild } from "../support/child.js";
import { startDaemon } from "../support/gotap.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, GOTAP_MAIN, whyNot } from "../support/tools.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("gotap", "go");
const BUGS = pathToFileURL(join(dirname(GOTAP_MAIN), "cli", "bugs.js")).href;

describe.skipIf(reason)(`gotap as a program${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  const script = (source: string) =>
    runChild(process.execPath, ["--input-type=module", "-e", source], {
      env: {},
    });

  it("a reader that goes away is no failure, and sees no stack", async () => {
    const gotap = scene.gotap();
    const sandbox = scene.sandbox();
    await runUnderGotap(gotap, sandbox, ["true"]);
    for (const verb of ["show", "traces", "config", "--help"]) {
      const { stdout, stderr } = await runChild(
        "bash",
        [
          "-c",
          `"$0" "$1" ${verb} | true; echo "\${PIPESTATUS[0]}"`,
          process.execPath,
          GOTAP_MAIN,
        ],
        { env: gotap.env(sandbox.env) },
      );
      expect({ verb, stdout }).toEqual({ verb, stdout: "0\n" });
      expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    }
  });

  it("a full disk is a failure", async () => {
    const gotap = scene.gotap();
    const { code, stderr } = await runChild(
      "sh",
      ["-c", '"$0" "$1" config > /dev/full', process.execPath, GOTAP_MAIN],
      { env: gotap.env(scene.sandbox().env) },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gotap: cannot write: ENOSPC[^\n]*\n$/);
  });

  it("a bug ends a program that has only begun, and no one that is under way", async () => {
    const bugs = `
setTimeout(() => { throw new Error("in a timer"); }, 1);
setTimeout(() => { throw new Error("in a timer"); }, 2);
setTimeout(() => { void Promise.reject(new Error("rejected")); }, 20);
setTimeout(() => { console.log("still there"); }, 40);`;
    const begun = await script(
      `import { endOnBugs } from ${JSON.stringify(BUGS)};
endOnBugs(process.stderr, 125);${bugs}`,
    );
    expect(begun).toMatchObject({ code: 125, stdout: "" });
    expect(begun.stderr).toMatch(
      /please report it[^\n]*\nError: in a timer\n\s+at /,
    );
    const underWay = await script(
      `import { endOnBugs, surviveBugs } from ${JSON.stringify(BUGS)};
endOnBugs(process.stderr, 125);
surviveBugs(process.stderr);${bugs}`,
    );
    expect(underWay).toMatchObject({ code: 0, stdout: "still there\n" });
    expect(underWay.stderr).toContain("\nError: rejected\n");
  });

  it("run: a broken configuration is 125, with file, line and no stack", async () => {
    const gotap = scene.gotap({ top: 'listne = "127.0.0.1:1"' });
    const result = await runUnderGotap(gotap, scene.sandbox(), ["true"]);
    expect(result.code).toBe(125);
    expect(result.stderr).toContain(gotap.configFile);
    expect(result.stderr).toContain("listne");
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it("run leaves the environment as it was, but for what it says it sets", async () => {
    const sandbox = scene.sandbox();
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, ["env", "-0"]);
    const env = new Map(
      result.stdout
        .split("\0")
        .filter((entry) => entry.includes("="))
        .map((entry): [string, string] => {
          const at = entry.indexOf("=");
          return [entry.slice(0, at), entry.slice(at + 1)];
        }),
    );
    const given = gotap.env(sandbox.env);
    const changed = [...env].filter(([name, value]) => given[name] !== value);
    expect(changed.map(([name]) => name).toSorted()).toEqual(
      [
        "CURL_CA_BUNDLE",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_KEY_0",
        "GIT_CONFIG_VALUE_0",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_SSL_CAINFO",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NODE_EXTRA_CA_CERTS",
        "NO_PROXY",
        "PIP_CERT",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "TRACEPARENT",
        "http_proxy",
        "https_proxy",
        "no_proxy",
      ].toSorted(),
    );
    expect(Object.keys(given).filter((name) => !env.has(name))).toEqual([]);
  });

  it("run --cold appends to the GOFLAGS that go env -w has set", async () => {
    const sandbox = scene.sandbox();
    delete sandbox.env["GOFLAGS"];
    const goenv = sandbox.env["GOENV"] ?? "";
    mkdirSync(dirname(goenv), { recursive: true });
    writeFileSync(goenv, "GOFLAGS=-trimpath -mod=mod\n");
    const result = await runUnderGotap(
      scene.gotap(),
      sandbox,
      [
        "sh",
        "-c",
        'echo "$GOFLAGS"; ls -A "$GOMODCACHE"; echo "$GOMODCACHE" >&2',
      ],
      { flags: ["-q", "--cold"] },
    );
    expect(result.stdout).toBe("-trimpath -mod=mod -modcacherw\n");
    expect(result.stderr).not.toContain(sandbox.modCache);
    expect(readFileSync(goenv, "utf8")).toBe("GOFLAGS=-trimpath -mod=mod\n");
  });

  it("a second daemon on the port names the first one and what to type", async () => {
    const gotap = scene.gotap();
    const { port, child } = await startDaemon(gotap);
    const second = await gotap.run(
      ["daemon", "--listen", `127.0.0.1:${port}`],
      { env: scene.sandbox().env },
    );
    expect(second.code).toBe(1);
    expect(second.stdout).toBe("");
    expect(second.stderr).toContain(`pid ${child.pid}`);
    expect(second.stderr).toContain("gotap stop");
    expect(second.stderr).not.toMatch(/^\s+at /m);
  });

  it("a daemon that other machines reach: refused, or with a token", async () => {
    const gotap = scene.gotap();
    const env = scene.sandbox().env;
    const listen = ["daemon", "--listen", "0.0.0.0:0"];
    const refused = await gotap.run(listen, { env });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("--allow-remote");
    const allowed = gotap.start([...listen, "--allow-remote"], { env });
    await waitFor("its ready line", () => allowed.stdout().includes("\n"));
    expect(allowed.stdout()).toMatch(
      /^gotap: ready on 0\.0\.0\.0:\d+ .* token [0-9a-f]{32} [^\n]*\n$/,
    );
    allowed.signal("SIGTERM");
    expect(await allowed.done).toMatchObject({ code: 0 });
  });

  it("daemon --detach: the ready line, a log of the user's own; a failure shows the log's end", async () => {
    const gotap = scene.gotap();
    const env = scene.sandbox().env;
    const started = await gotap.run(
      ["daemon", "--listen", "127.0.0.1:0", "--detach"],
      { env },
    );
    expect(started.code).toBe(0);
    const [, port, log = ""] =
      /^gotap: ready on 127\.0\.0\.1:(\d+) .* log (\S+)\n$/.exec(
        started.stdout,
      ) ?? [];
    expect(readFileSync(log, "utf8")).toContain(`127.0.0.1:${port}`);
    const again = await gotap.run(
      ["daemon", "--listen", `127.0.0.1:${port}`, "--detach"],
      { env },
    );
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("gotap stop");
    expect(again.stderr).toContain(log);
    const stopped = await gotap.run(["stop"], { env });
    expect(stopped.code).toBe(0);
  });

  it("a daemon drains at the first Ctrl-C, and stops at the second", async () => {
    const gotap = scene.gotap();
    const origin = await scene.plainOrigin({
      handler: () => new Promise(() => {}),
    });
    const { child, port } = await startDaemon(gotap);
    const request = startChild(
      "curl",
      ["-s", "-x", `http://127.0.0.1:${port}`, origin.url("goproxy.test")],
      { env: { PATH: process.env["PATH"] } },
    );
    const open = async () =>
      (
        JSON.parse(await gotap.read("status", "--json")) as {
          open_requests: number;
        }
      ).open_requests;
    await waitFor("the request", async () => (await open()) === 1);
    child.signal("SIGINT");
    await waitFor("its port to be closed", () =>
      runChild("curl", ["-s", `http://127.0.0.1:${port}/`], {
        env: { PATH: process.env["PATH"] },
      }).then(({ code }) => code === 7),
    );
    const askedAtMs = performance.now();
    child.signal("SIGINT");
    expect(await child.done).toMatchObject({ code: 0 });
    // It drains for 10 seconds.
    expect(performance.now() - askedAtMs).toBeLessThan(5000);
    await request.done;
  });
});
