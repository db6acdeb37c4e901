import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import { Command } from "commander";
import { describe, expect, it, onTestFinished } from "vitest";

import { define } from "../../src/cli/ca.js";
import type { CliContext } from "../../src/cli/context.js";

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gotap-ca-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function ca(
  home: string,
  args: string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<{ out: Buffer; talk: string; exitCode: number }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context: CliContext = {
    env: { ...process.env, GOTAP_HOME: home, ...extra },
    cwd: home,
    stdin: process.stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    exitCode: 0,
  };
  const command = new Command("ca").exitOverride();
  define(command, context);
  await command.parseAsync(args, { from: "user" });
  return {
    out: (stdout.read() as Buffer | null) ?? Buffer.alloc(0),
    talk: String((stderr.read() as Buffer | null) ?? ""),
    exitCode: context.exitCode,
  };
}

async function statusOf(home: string): Promise<Record<string, unknown>> {
  const { out } = await ca(home, ["status", "--json"]);
  return JSON.parse(out.toString()) as Record<string, unknown>;
}

describe("gotap ca", () => {
  it("path names the certificate, and makes it", async () => {
    const home = await scratchFolder();
    const { out } = await ca(home, ["path"]);
    const file = out.toString().trimEnd();
    expect(file.startsWith(home)).toBe(true);
    expect(new X509Certificate(await readFile(file)).ca).toBe(true);
    const json = await ca(home, ["path", "--json"]);
    expect(JSON.parse(json.out.toString())).toEqual({ file });
  });

  it("status makes nothing", async () => {
    const home = await scratchFolder();
    const { out, exitCode } = await ca(home, ["status"]);
    expect(out.toString()).toContain("no CA in");
    expect(exitCode).toBe(0);
    expect(await statusOf(home)).toMatchObject({
      file: null,
      in_system_store: false,
    });
    expect(await readdir(home)).toEqual([]);
  });

  it("status shows what there is", async () => {
    const home = await scratchFolder();
    const file = (await ca(home, ["path"])).out.toString().trimEnd();
    const certificate = new X509Certificate(await readFile(file));
    expect(await statusOf(home)).toMatchObject({
      file,
      fingerprint_sha256: certificate.fingerprint256,
      expired: false,
      in_system_store: false,
      retired: [],
    });
    const { out } = await ca(home, ["status"]);
    expect(out.toString()).toContain(certificate.fingerprint256);
  });

  it("export gives the certificate and never the key", async () => {
    const home = await scratchFolder();
    const pem = (await ca(home, ["export"])).out.toString();
    expect(pem).not.toContain("PRIVATE");
    const { out: der } = await ca(home, ["export", "--der"]);
    expect(new X509Certificate(der).fingerprint256).toBe(
      new X509Certificate(pem).fingerprint256,
    );
    await ca(home, ["export", "-o", "out.crt"]);
    expect(await readFile(join(home, "out.crt"), "utf8")).toBe(pem);
    await expect(
      ca(home, ["export", "-o", "missing/out.crt"]),
    ).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
  });

  it("rotate keeps the old one aside and brings the bundles up to date", async () => {
    const home = await scratchFolder();
    const { bundleFor } = await import("../../certs/trust-bundle.js");
    const { loadAuthority } = await import("../../certs/authority.js");
    const { foldersOf } = await import("../../src/config/folders.js");
    const { caDir, bundlesDir } = foldersOf({ GOTAP_HOME: home });
    const authority = await loadAuthority(caDir);
    const previousFile = join(home, "none.pem");
    await writeFile(previousFile, "");
    const { file } = await bundleFor({ authority, bundlesDir, previousFile });
    const { talk } = await ca(home, ["rotate"]);
    expect(talk).toContain("kept in");
    const status = await statusOf(home);
    expect(status["fingerprint_sha256"]).not.toBe(authority.fingerprint256);
    expect(status["retired"]).toMatchObject([
      { fingerprint_sha256: authority.fingerprint256 },
    ]);
    const bundle = await readFile(file, "utf8");
    expect(bundle).not.toContain(authority.certPem);
    expect(bundle).toContain((await loadAuthority(caDir)).certPem);
  });
});

describe.runIf(process.platform === "linux")("gotap ca install", () => {
  /** Tools of the same names that only write down how they were called. */
  async function recorded() {
    const folder = await scratchFolder();
    const log = join(folder, "log");
    const tool = `#!/bin/sh\necho "$(basename "$0") $*" >> '${log}'\n`;
    const names = [
      "sudo",
      "install",
      "update-ca-certificates",
      "update-ca-trust",
      "rm",
    ];
    for (const name of names)
      await writeFile(join(folder, name), tool, { mode: 0o755 });
    const calls = async () => readFile(log, "utf8").catch(() => "");
    return { PATH: `${folder}:/usr/bin:/bin`, folder, calls };
  }

  it("--dry-run prints the commands and runs none", async () => {
    const home = await scratchFolder();
    const { PATH, calls } = await recorded();
    const { out } = await ca(home, ["install", "--dry-run"], { PATH });
    expect(out.toString()).toMatch(/install -m 0644 .*ca\.pem/);
    expect(await calls()).toBe("");
  });

  it("runs what it printed", async () => {
    const home = await scratchFolder();
    const { PATH, calls } = await recorded();
    const dry = await ca(home, ["install", "--dry-run"], { PATH });
    const { talk } = await ca(home, ["install"], { PATH });
    expect(await calls()).toBe(dry.out.toString());
    for (const line of dry.out.toString().trimEnd().split("\n"))
      expect(talk).toContain(`$ ${line}\n`);
  });

  it("uninstall names rotated ones too", async () => {
    const home = await scratchFolder();
    const { PATH, calls } = await recorded();
    await ca(home, ["path"]);
    await ca(home, ["rotate"]);
    await ca(home, ["uninstall"], { PATH });
    expect((await calls()).match(/gotap-ca-[0-9a-f]{16}\.crt/g)).toHaveLength(
      2,
    );
  });

  it("says which command failed", async () => {
    const home = await scratchFolder();
    const { PATH, folder } = await recorded();
    for (const name of ["sudo", "install"])
      await writeFile(join(folder, name), "#!/bin/sh\nexit 3\n", {
        mode: 0o755,
      });
    await expect(ca(home, ["install"], { PATH })).rejects.toMatchObject({
      code: "CA_STORE_COMMAND_FAILED",
      message: expect.stringContaining("exit 3") as string,
    });
  });
});
