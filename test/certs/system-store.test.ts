import { execFile } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import {
  loadAuthority,
  ownCertificates,
  rotateAuthority,
} from "../../certs/authority.js";
import {
  commandLine,
  installCommands,
  type SystemStore,
  systemStore,
  uninstallCommands,
} from "../../certs/system-store.js";
import { isInSystemStore } from "../../certs/system-trust.js";
import { scratchFolder } from "./scratch.js";

const certificate = {
  name: "gotap CA lap 2026-11-23",
  certFile: "/home/me/my data/ca.pem",
  fingerprint256: "AB:CD:EF:01:23:45:67:89:AB:CD",
  fingerprint1: "01:AB",
  notAfter: new Date(),
  state: "current" as const,
};

function lines(commands: Parameters<typeof commandLine>[0][]): string[] {
  return commands.map(commandLine);
}

describe("the commands", () => {
  it.each([
    ["/etc/pki/trust/anchors", "SUSE", "update-ca-certificates"],
    ["/etc/pki/ca-trust/source/anchors", "RHEL", "update-ca-trust extract"],
    ["/etc/ca-certificates/trust-source/anchors", "Arch", "update-ca-trust"],
    [
      "/usr/local/share/ca-certificates",
      "Debian",
      "update-ca-certificates --fresh",
    ],
  ])("where %s is there follow %s", async (anchors, layout, refresh) => {
    const root = await scratchFolder();
    await mkdir(join(root, anchors), { recursive: true });
    const store = systemStore("linux", { root });
    expect(store).toMatchObject({ layout, anchors });
    expect(lines(installCommands(store, certificate, 1000))).toEqual([
      `sudo install -m 0644 '/home/me/my data/ca.pem' ${anchors}/gotap-ca-abcdef0123456789.crt`,
      `sudo ${refresh}`,
    ]);
    expect(lines(uninstallCommands(store, [certificate], 0))).toEqual([
      `rm -f ${anchors}/gotap-ca-abcdef0123456789.crt`,
      refresh,
    ]);
  });

  it("on macOS use the user's own keychain and name the certificate by its hash", () => {
    const store: SystemStore = { type: "macos", keychain: "/k.keychain-db" };
    expect(lines(installCommands(store, certificate, 501))).toEqual([
      "security add-trusted-cert -r trustRoot -k /k.keychain-db '/home/me/my data/ca.pem'",
    ]);
    expect(lines(uninstallCommands(store, [certificate], 501))).toEqual([
      "security remove-trusted-cert '/home/me/my data/ca.pem'",
      "security delete-certificate -Z 01AB /k.keychain-db",
    ]);
  });

  it("on Windows use certutil", () => {
    const store = systemStore("win32");
    expect(lines(installCommands(store, certificate, undefined))).toEqual([
      "certutil -user -addstore Root '/home/me/my data/ca.pem'",
    ]);
    expect(lines(uninstallCommands(store, [certificate], undefined))).toEqual([
      "certutil -user -delstore Root 01ab",
    ]);
  });

  it("are none where there is nothing to remove", () => {
    expect(uninstallCommands({ type: "windows" }, [], undefined)).toEqual([]);
  });

  it("do not exist for a layout that nobody knows", async () => {
    const root = await scratchFolder();
    expect(() => systemStore("linux", { root })).toThrow(
      expect.objectContaining({ code: "CA_STORE_UNKNOWN" }) as Error,
    );
  });
});

describe("a Linux store", () => {
  it("takes the CA in, and gives it back also after a rotation", async () => {
    const folder = await scratchFolder();
    const anchors = join(folder, "anchors");
    const dir = join(folder, "ca");
    await mkdir(anchors);
    await loadAuthority(dir);
    const store: SystemStore = {
      type: "linux",
      layout: "Debian",
      anchors,
      refresh: ["true"],
    };
    const runAll = async (commands: { argv: string[] }[]) => {
      for (const { argv } of commands)
        await promisify(execFile)(argv[0] ?? "", argv.slice(1));
    };
    const [before] = await ownCertificates(dir);
    if (before === undefined) throw new Error("one was made");
    const look = {
      platform: "linux" as const,
      files: [],
      directories: [anchors],
    };
    expect(await isInSystemStore(before, look)).toBe(false);
    await runAll(installCommands(store, before, 0));
    expect(await isInSystemStore(before, look)).toBe(true);

    const { authority } = await rotateAuthority(dir);
    expect(await isInSystemStore(authority, look)).toBe(false);
    const own = await ownCertificates(dir);
    await runAll(installCommands(store, own[0] ?? before, 0));
    expect(await isInSystemStore(authority, look)).toBe(true);
    expect(await readdir(anchors)).toHaveLength(2);
    await runAll(uninstallCommands(store, own, 0));
    expect(await readdir(anchors)).toEqual([]);
    expect(await isInSystemStore(authority, look)).toBe(false);
  });

  it("is read as go reads it: a bundle in the list, not links within the folder", async () => {
    const folder = await scratchFolder();
    const authority = await loadAuthority(join(folder, "ca"));
    await writeFile(join(folder, "bundle.crt"), `x\n${authority.certPem}`);
    await mkdir(join(folder, "certs"));
    await symlink("nowhere", join(folder, "certs", "link"));
    const files = [join(folder, "missing"), join(folder, "bundle.crt")];
    const directories = [join(folder, "certs")];
    const platform = "linux";
    expect(
      await isInSystemStore(authority, { platform, files, directories }),
    ).toBe(true);
    expect(
      await isInSystemStore(authority, { platform, files: [], directories }),
    ).toBe(false);
  });
});
