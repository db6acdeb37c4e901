import { X509Certificate } from "node:crypto";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { authorityName } from "../../certs/authority-creation.js";
import {
  loadAuthority,
  ownCertificates,
  readAuthority,
  rotateAuthority,
} from "../../certs/authority.js";
import { scratchFolder } from "./scratch.js";

const YEAR_MS = 365 * 86_400_000;

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function made() {
  const dir = join(await scratchFolder(), "ca");
  const authority = await loadAuthority(dir);
  const keyFile = join(dir, "current", "ca-key.pem");
  return { dir, authority, keyFile };
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe("loadAuthority", () => {
  it("makes a CA that says which machine made it, and when", async () => {
    const { authority } = await made();
    const certificate = new X509Certificate(authority.certPem);
    const today = new Date().toISOString().slice(0, 10);
    expect(authority.name).toContain("gotap CA ");
    expect(authority.name.slice(-10)).toBe(today);
    expect(authority.name).toContain(hostname().slice(0, 20));
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toContain(`CN=${authority.name}`);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({
      namedCurve: "prime256v1",
    });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    const years =
      (authority.notAfter.getTime() - authority.notBefore.getTime()) / YEAR_MS;
    expect(years).toBeGreaterThan(2);
    expect(years).toBeLessThan(10);
  });

  it("has path length 0 and signs certificates only", async () => {
    const { authority } = await made();
    // Basic constraints critical {CA, 0}; key usage critical, keyCertSign and cRLSign.
    expect(authority.certDer.toString("hex")).toContain(
      "0603551d130101ff040830060101ff020100",
    );
    expect(authority.certDer.toString("hex")).toContain(
      "0603551d0f0101ff040403020106",
    );
  });

  it("keeps the key 0600 in folders 0700", async () => {
    const { dir, keyFile, authority } = await made();
    expect(await modeOf(dir)).toBe("700");
    expect(await modeOf(join(dir, "current"))).toBe("700");
    expect(await modeOf(keyFile)).toBe("600");
    expect(authority.certFile.startsWith(dir)).toBe(true);
    expect(await readdir(dir)).toEqual(["current"]);
  });

  it("gives the same one again", async () => {
    const { dir, authority } = await made();
    const again = await loadAuthority(dir);
    expect(again.fingerprint256).toBe(authority.fingerprint256);
    expect(again.keyObject.equals(authority.keyObject)).toBe(true);
  });

  it("gives one CA to many callers at once", async () => {
    const dir = join(await scratchFolder(), "ca");
    const all = await Promise.all(
      Array.from({ length: 8 }, () => loadAuthority(dir)),
    );
    expect(new Set(all.map((each) => each.fingerprint256)).size).toBe(1);
    expect(await readdir(dir)).toEqual(["current"]);
  });

  it.each([
    ["a truncated certificate", "ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB"],
    ["an empty certificate", "ca.pem", ""],
    ["a key that is none", "ca-key.pem", "not a key"],
    ["an empty key", "ca-key.pem", ""],
  ])("refuses %s, naming the file", async (_what, name, text) => {
    const { dir } = await made();
    const file = join(dir, "current", name);
    await writeFile(file, text);
    const work = loadAuthority(dir);
    await expect(work).rejects.toMatchObject({
      name: "GotapError",
      code: "CA_CORRUPT",
    });
    await expect(work).rejects.toThrow(file);
  });

  it("refuses a leaf in the CA's place", async () => {
    const { dir, authority } = await made();
    const { mintLeaf } = await import("../../certs/leaf.js");
    const leaf = mintLeaf(authority, "a.example", authority, new Date());
    await writeFile(authority.certFile, leaf.pem);
    expect(await codeOf(loadAuthority(dir))).toBe("CA_CORRUPT");
  });

  it("refuses a key that belongs to another certificate", async () => {
    const [one, other] = [await made(), await made()];
    await copyFile(other.keyFile, one.keyFile);
    expect(await codeOf(loadAuthority(one.dir))).toBe("CA_MISMATCH");
  });

  it("refuses half a pair", async () => {
    const { dir, keyFile } = await made();
    await rm(keyFile);
    expect(await codeOf(loadAuthority(dir))).toBe("CA_INCOMPLETE");
  });

  it.runIf(process.platform !== "win32")(
    "refuses a key that others can read, and a folder they can change",
    async () => {
      const { dir, keyFile } = await made();
      await chmod(keyFile, 0o640);
      await expect(loadAuthority(dir)).rejects.toMatchObject({
        code: "CA_TOO_OPEN",
        hint: expect.stringContaining(`chmod 600 '${keyFile}'`) as string,
      });
      await chmod(keyFile, 0o600);
      await chmod(dir, 0o777);
      expect(await codeOf(loadAuthority(dir))).toBe("CA_TOO_OPEN");
      await chmod(dir, 0o700);
      expect(await codeOf(loadAuthority(dir))).toBe("no error");
    },
  );

  it("says so where it cannot write or read", async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "file"), "");
    expect(await codeOf(loadAuthority(join(folder, "file", "ca")))).toBe(
      "CA_UNREADABLE",
    );
    const { dir, keyFile } = await made();
    await rm(keyFile);
    await mkdir(keyFile);
    expect(await codeOf(loadAuthority(dir))).toBe("CA_UNREADABLE");
  });

  it("refuses one that has ended, and one that has not begun", async () => {
    const { dir, authority } = await made();
    const after = new Date(authority.notAfter.getTime() + 1000);
    const before = new Date(authority.notBefore.getTime() - 1000);
    expect(await codeOf(loadAuthority(dir, { now: after }))).toBe("CA_EXPIRED");
    expect(await codeOf(loadAuthority(dir, { now: before }))).toBe(
      "CA_NOT_YET_VALID",
    );
  });
});

describe("readAuthority", () => {
  it("makes nothing", async () => {
    const dir = join(await scratchFolder(), "ca");
    expect(await readAuthority(dir)).toBeUndefined();
    expect(await readdir(join(dir, ".."))).toEqual([]);
  });
});

describe("rotateAuthority", () => {
  it("keeps the old pair aside, unchanged", async () => {
    const { dir, authority, keyFile } = await made();
    const key = await readFile(keyFile, "utf8");
    const { authority: next, retiredTo } = await rotateAuthority(dir);
    expect(next.fingerprint256).not.toBe(authority.fingerprint256);
    expect(await readFile(join(retiredTo ?? "", "ca-key.pem"), "utf8")).toBe(
      key,
    );
    expect((await loadAuthority(dir)).fingerprint256).toBe(next.fingerprint256);
    const own = await ownCertificates(dir);
    expect(own.map((each) => [each.state, each.fingerprint256])).toEqual([
      ["current", next.fingerprint256],
      ["retired", authority.fingerprint256],
    ]);
  });

  it("mends a corrupt pair", async () => {
    const { dir, authority } = await made();
    await writeFile(authority.certFile, "broken");
    const { authority: next } = await rotateAuthority(dir);
    expect((await loadAuthority(dir)).fingerprint256).toBe(next.fingerprint256);
    expect(await ownCertificates(dir)).toHaveLength(1);
  });

  it("is the first CA where there was none", async () => {
    const dir = join(await scratchFolder(), "ca");
    const { authority, retiredTo } = await rotateAuthority(dir);
    expect(retiredTo).toBeUndefined();
    expect(await ownCertificates(dir)).toMatchObject([
      { fingerprint256: authority.fingerprint256 },
    ]);
  });

  it("never leaves a reader with half of each pair", async () => {
    const { dir } = await made();
    const done = new AbortController();
    const readers = Array.from({ length: 4 }, async () => {
      while (!done.signal.aborted) await loadAuthority(dir);
    });
    for (let round = 0; round < 10; round++) await rotateAuthority(dir);
    done.abort();
    await Promise.all(readers);
    expect(await ownCertificates(dir)).toHaveLength(11);
  });
});

describe("authorityName", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  it.each([
    ["lap.local", "gotap CA lap.local 2026-11-23"],
    ["Ünï\nCN=x", "gotap CA -n--CN-x 2026-11-23"],
    ["", "gotap CA localhost 2026-11-23"],
    ["h".repeat(99), `gotap CA ${"h".repeat(44)} 2026-11-23`],
  ])("of %j is %j, at most 64 characters", (machine, wanted) => {
    expect(authorityName(machine, now)).toBe(wanted);
    expect(wanted.length).toBeLessThanOrEqual(64);
  });
});
