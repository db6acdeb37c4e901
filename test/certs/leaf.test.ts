import { execFile } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { loadAuthority } from "../../certs/authority.js";
import { newSerial } from "../../certs/certificate.js";
import { mintLeaf } from "../../certs/leaf.js";
import { manyHosts } from "./hosts.js";
import { scratchFolder } from "./scratch.js";

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

async function mintFor(hosts: string[], now = new Date()) {
  const authority = await loadAuthority(await scratchFolder(), { now });
  const leaves = hosts.map((host) => mintLeaf(authority, host, keys, now));
  return { authority, leaves };
}

async function certificateFor(host: string): Promise<X509Certificate> {
  const { leaves } = await mintFor([host]);
  return new X509Certificate(leaves[0]?.der ?? "");
}

describe("leaves", () => {
  it("200 of them pass openssl verify -x509_strict", async () => {
    const folder = await scratchFolder();
    const hosts = manyHosts();
    expect(hosts).toHaveLength(200);
    const { authority, leaves } = await mintFor(hosts);
    const files = await Promise.all(
      leaves.map(async ({ pem }, index) => {
        const file = join(folder, `${index}.pem`);
        await writeFile(file, pem);
        return file;
      }),
    );
    const { stdout } = await run("openssl", [
      "verify",
      "-x509_strict",
      "-purpose",
      "sslserver",
      "-CAfile",
      authority.certFile,
      ...files,
    ]);
    expect(stdout.match(/: OK$/gm)).toHaveLength(200);
  });

  it("openssl matches an address and a name with the SAN", async () => {
    const folder = await scratchFolder();
    const { authority, leaves } = await mintFor(["2001:db8::1", "a.example"]);
    const [address = "", name = ""] = await Promise.all(
      leaves.map(async ({ pem }, index) => {
        const file = join(folder, `${index}.pem`);
        await writeFile(file, pem);
        return file;
      }),
    );
    const verify = async (...args: string[]) =>
      run("openssl", ["verify", "-CAfile", authority.certFile, ...args]);
    await verify("-verify_ip", "2001:db8::1", address);
    await verify("-verify_hostname", "a.example", name);
    await expect(verify("-verify_hostname", "b.example", name)).rejects.toThrow(
      /hostname mismatch/,
    );
  });

  it.each([
    ["goproxy.cn", "DNS:goproxy.cn"],
    ["GoProxy.CN.", "DNS:goproxy.cn"],
    ["münchen.example", "DNS:xn--mnchen-3ya.example"],
    ["192.0.2.7", "IP Address:192.0.2.7"],
    ["[2001:db8::7]", "IP Address:2001:DB8:0:0:0:0:0:7"],
    ["*.example.com", "DNS:not-a-host-name.gotap.invalid"],
    ["a..example", "DNS:not-a-host-name.gotap.invalid"],
    ["a b", "DNS:not-a-host-name.gotap.invalid"],
    ["", "DNS:not-a-host-name.gotap.invalid"],
    ["evil\u0000.example", "DNS:not-a-host-name.gotap.invalid"],
    ["x,DNS:other.example", "DNS:not-a-host-name.gotap.invalid"],
  ])("%j is certified as %s and nothing else", async (host, wanted) => {
    const certificate = await certificateFor(host);
    expect(certificate.subjectAltName).toBe(wanted);
  });

  it("leaves a name out of the subject that is too long for it", async () => {
    const fits = await certificateFor(`${"b".repeat(52)}.example.com`);
    expect(fits.subject).toBe(`CN=${"b".repeat(52)}.example.com`);
    const long = await certificateFor(`${"b".repeat(53)}.example.com`);
    expect(long.subject).toBeUndefined();
    expect(long.checkHost(`${"b".repeat(53)}.example.com`)).toBeDefined();
  });

  it("serves servers only, for at most 45 days", async () => {
    const now = new Date();
    const certificate = await certificateFor("goproxy.cn");
    const from = new Date(certificate.validFrom);
    const to = new Date(certificate.validTo);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(from.getTime()).toBeLessThan(now.getTime());
    expect(to.getTime()).toBeGreaterThan(now.getTime() + 7 * DAY_MS);
    expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(45 * DAY_MS);
  });

  it("does not outlive its authority", async () => {
    const authority = await loadAuthority(await scratchFolder());
    const late = new Date(authority.notAfter.getTime() - 2 * DAY_MS);
    const leaf = mintLeaf(authority, "goproxy.cn", keys, late);
    expect(leaf.notAfter).toEqual(authority.notAfter);
  });

  it("dates beyond 2049 are written as RFC 5280 asks", async () => {
    const { leaves } = await mintFor(["a.example"], new Date("2051-05-05"));
    const certificate = new X509Certificate(leaves[0]?.der ?? "");
    expect(new Date(certificate.validFrom).getUTCFullYear()).toBe(2051);
    expect(leaves[0]?.der.includes("20510505000000Z", 0, "latin1")).toBe(
      false, // An hour is taken off.
    );
    expect(leaves[0]?.der.includes("20510504230000Z", 0, "latin1")).toBe(true);
  });
});

describe("newSerial", () => {
  it("is positive, minimal and different 5,000 times", () => {
    const serials = Array.from({ length: 5000 }, newSerial);
    expect(serials.every((each) => each.length === 16)).toBe(true);
    expect(serials.every((each) => each.readInt8(0) > 0)).toBe(true);
    expect(new Set(serials.map((each) => each.toString("hex"))).size).toBe(
      5000,
    );
  });
});
