import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";

import { describe, expect, it } from "vitest";

import { loadAuthority, rotateAuthority } from "../../certs/authority.js";
import {
  distinguishedName,
  keyUsage,
  signCertificate,
} from "../../certs/certificate.js";
import { toPem } from "../../certs/pem.js";
import { furtherRoots, loadUpstreamRoots } from "../../certs/upstream-roots.js";
import { scratchFolder } from "./scratch.js";

/** A self-signed certificate that is not of gotap's making. */
async function strangersRoot(commonName: string): Promise<string> {
  const authority = await loadAuthority(await scratchFolder());
  const name = distinguishedName(undefined, commonName);
  const der = signCertificate({
    issuer: name,
    subject: name,
    notBefore: authority.notBefore,
    notAfter: authority.notAfter,
    publicKey: authority.publicKey,
    signWith: authority.keyObject,
    extensions: [keyUsage("authority")],
  });
  return toPem("CERTIFICATE", der).trim();
}

const nothing = { extraFiles: [], ownFingerprints: [] };

describe("loadUpstreamRoots", () => {
  it("reads SSL_CERT_FILE and SSL_CERT_DIR in the place of the system's", async () => {
    const folder = await scratchFolder();
    const [a, b, c] = [
      await strangersRoot("a"),
      await strangersRoot("b"),
      await strangersRoot("c"),
    ];
    await mkdir(join(folder, "one"));
    await mkdir(join(folder, "two"));
    await writeFile(join(folder, "file.pem"), `${a}\n`);
    await writeFile(join(folder, "one", "b.pem"), `${b}\n${a}\n`);
    await writeFile(join(folder, "two", "c.pem"), `${c}\n`);
    const roots = loadUpstreamRoots({
      ...nothing,
      platform: "linux",
      env: {
        SSL_CERT_FILE: join(folder, "file.pem"),
        SSL_CERT_DIR: `${folder}/one:${folder}/missing:${folder}/two`,
      },
    });
    expect(roots.pems).toEqual([a, b, c]);
    expect(roots.sources).toEqual([
      join(folder, "file.pem"),
      join(folder, "one", "b.pem"),
      join(folder, "two", "c.pem"),
    ]);
    expect(() => createSecureContext({ ca: roots.pems })).not.toThrow();
  });

  it("leaves links within a folder out, and follows those that leave it", async () => {
    const folder = await scratchFolder();
    const [a, b] = [await strangersRoot("a"), await strangersRoot("b")];
    await mkdir(join(folder, "certs"));
    await writeFile(join(folder, "a.pem"), a);
    await writeFile(join(folder, "certs", "b.pem"), b);
    await symlink("../a.pem", join(folder, "certs", "a.pem"));
    await symlink("b.pem", join(folder, "certs", "0.0"));
    const { pems, sources } = loadUpstreamRoots({
      ...nothing,
      platform: "linux",
      env: {
        SSL_CERT_FILE: join(folder, "missing"),
        SSL_CERT_DIR: join(folder, "certs"),
      },
    });
    expect(pems).toEqual([a, b]);
    expect(sources).toHaveLength(2);
  });

  it("skips what cannot be parsed, as go does", async () => {
    const folder = await scratchFolder();
    const good = await strangersRoot("good");
    const bad = toPem("CERTIFICATE", Buffer.from("no certificate"));
    const trusted = good.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE");
    const file = join(folder, "f.pem");
    await writeFile(file, `${bad}${trusted}\nnoise\n${good}\n`);
    const { pems } = loadUpstreamRoots({
      ...nothing,
      platform: "linux",
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: "/nonexistent" },
    });
    expect(pems).toEqual([good]);
  });

  it("never gives a CA of gotap's: current, rotated, another machine's", async () => {
    const folder = await scratchFolder();
    const dir = join(folder, "ca");
    const old = await loadAuthority(dir);
    const { authority } = await rotateAuthority(dir);
    const stranger = await strangersRoot("Company Root");
    const elsewhere = await strangersRoot("gotap CA build7 2026-01-01");
    const file = join(folder, "f.pem");
    await writeFile(
      file,
      [old.certPem, authority.certPem, elsewhere, stranger].join("\n"),
    );
    const { pems, sources } = loadUpstreamRoots({
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: "/nonexistent" },
      platform: "linux",
      extraFiles: [file],
      ownFingerprints: [],
    });
    expect(pems).toEqual([stranger]);
    expect(sources).toEqual([file, file]);
  });

  it("leaves one of our own out by its fingerprint, whatever it is called", async () => {
    const folder = await scratchFolder();
    const root = await strangersRoot("Company Root");
    const file = join(folder, "f.pem");
    await writeFile(file, root);
    const { X509Certificate } = await import("node:crypto");
    const { pems } = loadUpstreamRoots({
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: "/nonexistent" },
      platform: "linux",
      extraFiles: [],
      ownFingerprints: [new X509Certificate(root).fingerprint256],
    });
    expect(pems).toEqual([]);
  });

  it("starts from Node's roots where go asks the system's verifier", async () => {
    const folder = await scratchFolder();
    const root = await strangersRoot("Company Root");
    await writeFile(join(folder, "f.pem"), root);
    const { pems, sources } = loadUpstreamRoots({
      ...nothing,
      platform: "darwin",
      env: { SSL_CERT_FILE: join(folder, "f.pem") },
    });
    expect(pems.length).toBeGreaterThan(50);
    expect(pems.at(-1)).toBe(root);
    expect(sources).toEqual(["Node.js's own roots", join(folder, "f.pem")]);
  });

  it.each([
    ["a missing file", undefined],
    ["an empty file", ""],
    ["a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["a broken certificate", toPem("CERTIFICATE", Buffer.from("x"))],
  ])("refuses %s in [tls] ca", async (_what, text) => {
    const folder = await scratchFolder();
    const file = join(folder, "company.pem");
    if (text !== undefined) await writeFile(file, text);
    const load = () =>
      loadUpstreamRoots({
        env: { SSL_CERT_FILE: "/nonexistent", SSL_CERT_DIR: "/nonexistent" },
        extraFiles: [file],
        ownFingerprints: [],
        platform: "linux",
      });
    expect(load).toThrow(file);
    expect(load).toThrow(
      expect.objectContaining({ code: "TLS_CA_UNREADABLE" }) as Error,
    );
  });
});

describe("furtherRoots", () => {
  it("gives what is not known yet, once, and never a CA of gotap's", async () => {
    const [known, other] = [await strangersRoot("a"), await strangersRoot("b")];
    const own = await loadAuthority(await scratchFolder());
    const elsewhere = await loadAuthority(await scratchFolder());
    const text = [known, own.certPem, other, elsewhere.certPem, other, "junk"];
    expect(
      furtherRoots(text.join("\n"), new Set([known]), [own.fingerprint256]),
    ).toEqual([other]);
  });
});
