import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";

import { describe, expect, it } from "vitest";

import { loadAuthority, rotateAuthority } from "../../certs/authority.js";
import { pemCertificates } from "../../certs/pem.js";
import {
  bundleFor,
  refreshBundles,
  writeMergedBundle,
} from "../../certs/trust-bundle.js";
import { scratchFolder } from "./scratch.js";

async function pemsOf(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8");
  return pemCertificates(text).map(({ pem }) => `${pem}\n`);
}

/** gotap's own CA, and two strangers' certificates. */
async function three() {
  const folder = await scratchFolder();
  const [authority, one, two] = await Promise.all(
    ["own", "one", "two"].map((name) => loadAuthority(join(folder, name))),
  );
  if (!authority || !one || !two) throw new Error("three were made");
  return { folder, authority, one: one.certPem, two: two.certPem };
}

describe("writeMergedBundle", () => {
  it("is what was set before, and gotap's CA", async () => {
    const { folder, authority, one, two } = await three();
    const existing = join(folder, "company.pem");
    const toFile = join(folder, "bundles", "bundle.pem");
    await writeFile(existing, `Company root\r\n${one}\nother\n${two}`);
    const result = await writeMergedBundle({ existing, authority, toFile });
    expect(result).toEqual({ file: toFile, changed: true, certificates: 3 });
    expect(await pemsOf(toFile)).toEqual([one, two, authority.certPem]);
  });

  it("is the first of the system's files that can be read, where nothing was set", async () => {
    const { folder, authority, one, two } = await three();
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await writeFile(first, one);
    await writeFile(second, two);
    const toFile = join(folder, "bundle.pem");
    const systemFiles = [join(folder, "missing"), first, second];
    await writeMergedBundle({
      existing: undefined,
      systemFiles,
      authority,
      toFile,
    });
    expect(await pemsOf(toFile)).toEqual([one, authority.certPem]);
  });

  it("falls back on Node's roots on a system without a file", async () => {
    const { folder, authority } = await three();
    const toFile = join(folder, "bundle.pem");
    const { certificates } = await writeMergedBundle({
      existing: undefined,
      systemFiles: [],
      authority,
      toFile,
    });
    expect(certificates).toBeGreaterThan(50);
    const ca = await pemsOf(toFile);
    expect(() => createSecureContext({ ca })).not.toThrow();
  });

  it("does not widen the trust when what was set is missing, and says so", async () => {
    const { folder, authority } = await three();
    const toFile = join(folder, "bundle.pem");
    const existing = join(folder, "gone.pem");
    const result = await writeMergedBundle({ existing, authority, toFile });
    expect(result).toMatchObject({ certificates: 1, unreadable: existing });
    expect(await pemsOf(toFile)).toEqual([authority.certPem]);
  });

  it("never copies a private key, and takes a repeated certificate once", async () => {
    const { folder, authority, one } = await three();
    const existing = join(folder, "mixed.pem");
    const key = await readFile(join(folder, "one/current/ca-key.pem"), "utf8");
    await writeFile(existing, `${key}${one}${authority.certPem}${one}`);
    const toFile = join(folder, "bundle.pem");
    await writeMergedBundle({ existing, authority, toFile });
    expect(await pemsOf(toFile)).toEqual([one, authority.certPem]);
    expect(await readFile(toFile, "utf8")).not.toContain("PRIVATE");
  });

  it("touches nothing when the content is the same", async () => {
    const { folder, authority, one } = await three();
    const existing = join(folder, "company.pem");
    await writeFile(existing, one);
    const toFile = join(folder, "bundle.pem");
    await writeMergedBundle({ existing, authority, toFile });
    const before = await stat(toFile, { bigint: true });
    const again = await writeMergedBundle({ existing, authority, toFile });
    const after = await stat(toFile, { bigint: true });
    expect(again.changed).toBe(false);
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it("names the file that cannot be written", async () => {
    const { folder, authority } = await three();
    await writeFile(join(folder, "file"), "");
    const toFile = join(folder, "file", "bundle.pem");
    await expect(
      writeMergedBundle({ existing: undefined, authority, toFile }),
    ).rejects.toMatchObject({ code: "TRUST_BUNDLE_NOT_WRITABLE" });
  });
});

describe("bundleFor", () => {
  it("has one file for each value that was set before, the same each time", async () => {
    const { folder, authority, one, two } = await three();
    const bundlesDir = join(folder, "bundles");
    const [a, b] = [join(folder, "a.pem"), join(folder, "b.pem")];
    await writeFile(a, one);
    await writeFile(b, two);
    const bundle = async (previousFile: string | undefined) =>
      (await bundleFor({ authority, bundlesDir, previousFile })).file;
    const files = [await bundle(a), await bundle(b), await bundle(undefined)];
    expect(new Set(files).size).toBe(3);
    expect(await bundle(a)).toBe(files[0]);
    expect(await pemsOf(files[1] ?? "")).toEqual([two, authority.certPem]);
    expect((await readdir(bundlesDir)).length).toBe(3);
  });

  it("gives one of our own bundles back: a run inside a run piles up nothing", async () => {
    const { folder, authority, one } = await three();
    const bundlesDir = join(folder, "bundles");
    const previousFile = join(folder, "company.pem");
    await writeFile(previousFile, one);
    const outer = await bundleFor({ authority, bundlesDir, previousFile });
    const inner = await bundleFor({
      authority,
      bundlesDir,
      previousFile: outer.file,
    });
    expect(inner).toEqual({ ...outer, changed: false });
  });

  it("follows a rotation and a change of the file before", async () => {
    const { folder, authority, one, two } = await three();
    const bundlesDir = join(folder, "bundles");
    const previousFile = join(folder, "company.pem");
    await writeFile(previousFile, one);
    const { file } = await bundleFor({ authority, bundlesDir, previousFile });
    await writeFile(previousFile, two);
    const { authority: next } = await rotateAuthority(authority.dir);
    expect(await refreshBundles(next, bundlesDir)).toEqual([
      { file, changed: true, certificates: 2 },
    ]);
    expect(await pemsOf(file)).toEqual([two, next.certPem]);
  });
});
