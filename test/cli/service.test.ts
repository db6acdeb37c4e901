import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { serviceUnit } from "../../src/cli/service-unit.js";
import { define } from "../../src/cli/service.js";
import { GotapError } from "../../src/model/failure.js";
import { runCommand } from "./run-command.js";

let home: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-service-"));
  env = {
    HOME: home,
    PATH: `${join(home, "bin")}:${process.env["PATH"]}`,
    GOTAP_HOME: join(home, '50% "of" it'),
  };
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A systemctl and launchctl that note how they were called. */
function standIn(exitCode: number): () => string[] {
  const log = join(home, "calls");
  for (const name of ["systemctl", "launchctl"]) {
    const file = join(home, "bin", name);
    writeFileSync(
      file,
      `#!/bin/sh\necho "${name} $*" >> "${log}"\necho "no bus" >&2\nexit ${exitCode}\n`,
    );
    chmodSync(file, 0o755);
  }
  return () => readFileSync(log, "utf8").trimEnd().split("\n");
}

const run = (...args: string[]) => runCommand(define, args, { env });
const unitFile = () =>
  join(home, ".config", "systemd", "user", "gotap.service");

describe.runIf(process.platform === "linux")("gotap service on systemd", () => {
  it("installs: writes the unit, prints and runs the commands", async () => {
    const calls = standIn(0);
    const { stdout, error } = await run("install");
    expect(error).toBeUndefined();
    const unit = readFileSync(unitFile(), "utf8");
    expect(unit).toMatch(/^ExecStart="\/.*node" "\/.*main\.cjs" "daemon"$/m);
    expect(unit).toContain(
      `Environment="GOTAP_HOME=${home}/50%% \\"of\\" it"\n`,
    );
    expect(calls()).toEqual([
      "systemctl --user daemon-reload",
      "systemctl --user enable --now gotap.service",
    ]);
    expect(stdout).toContain("$ systemctl --user daemon-reload\n");
    expect(stdout).toContain(unitFile());
  });

  it("uninstalls, also where the service does not run", async () => {
    standIn(0);
    await run("install");
    const calls = standIn(0);
    const { error } = await run("uninstall");
    expect(error).toBeUndefined();
    expect(existsSync(unitFile())).toBe(false);
    expect(calls().slice(2)).toEqual([
      "systemctl --user disable --now gotap.service",
      "systemctl --user daemon-reload",
    ]);
    const again = await run("uninstall");
    expect(again.error).toBeUndefined();
    expect(again.stderr).toContain("there is no service");
  });

  it("--dry-run writes and runs nothing", async () => {
    const { stdout } = await run("install", "--dry-run");
    expect(stdout).toContain("[Service]");
    expect(stdout).toContain("$ systemctl --user enable --now gotap.service");
    expect((await run("uninstall", "--dry-run")).stdout).toContain("rm ");
    expect(existsSync(unitFile())).toBe(false);
  });

  it("says what failed", async () => {
    standIn(1);
    const { error } = await run("install");
    expect(error).toMatchObject({ code: "SERVICE_COMMAND" });
    expect(String(error)).toContain("no bus");
  });
});

describe("serviceUnit", () => {
  const request = {
    env: { GOTAP_CONFIG: "/a&b.toml" },
    home: "/Users/ada",
    uid: 501,
    argv: ["/usr/bin/node", "/x/$main.cjs", "daemon"],
    logFile: "/log",
  };

  it("is a LaunchAgent on macOS", () => {
    const unit = serviceUnit({ ...request, platform: "darwin" });
    expect(unit.file).toBe(
      "/Users/ada/Library/LaunchAgents/gotap.daemon.plist",
    );
    expect(unit.text).toContain(
      "<key>GOTAP_CONFIG</key><string>/a&amp;b.toml</string>",
    );
    expect(unit.install).toEqual([
      ["launchctl", "bootstrap", "gui/501", unit.file],
    ]);
    expect(unit.uninstall).toEqual([
      ["launchctl", "bootout", "gui/501/gotap.daemon"],
    ]);
  });

  it("lets systemd replace nothing in the command", () => {
    const { text } = serviceUnit({ ...request, platform: "linux" });
    expect(text).toContain('"/x/$$main.cjs"');
  });

  it("is refused elsewhere", () => {
    expect(() => serviceUnit({ ...request, platform: "win32" })).toThrow(
      GotapError,
    );
  });
});
