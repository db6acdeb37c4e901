import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { loadAuthority } from "../../certs/authority.js";
import { environmentHolds } from "../../certs/environment-trust.js";
import { scratchFolder } from "./scratch.js";

async function files() {
  const cwd = await scratchFolder();
  const own = await loadAuthority(join(cwd, "own"));
  const other = await loadAuthority(join(cwd, "other"));
  await writeFile(join(cwd, "with.pem"), `${other.certPem}${own.certPem}`);
  await writeFile(join(cwd, "without.pem"), other.certPem);
  await mkdir(join(cwd, "folder"));
  await writeFile(join(cwd, "folder", "own.pem"), own.certPem);
  execFileSync("mkfifo", [join(cwd, "fifo")]);
  return { cwd, fingerprint: own.fingerprint256 };
}

it.each([
  ["go", {}, undefined],
  ["go", { SSL_CERT_FILE: "" }, undefined],
  ["go", { SSL_CERT_FILE: "with.pem" }, true],
  ["go", { SSL_CERT_FILE: "without.pem" }, false],
  ["go", { SSL_CERT_FILE: "missing.pem" }, false],
  ["go", { SSL_CERT_FILE: "folder" }, false],
  ["go", { SSL_CERT_FILE: "fifo" }, false],
  ["go", { SSL_CERT_DIR: "missing:folder" }, true],
  ["go", { SSL_CERT_FILE: "without.pem", SSL_CERT_DIR: "folder" }, true],
  ["go", { GIT_SSL_CAINFO: "with.pem" }, undefined],
  ["git", { GIT_SSL_CAINFO: "with.pem" }, true],
  ["git", { GIT_SSL_CAPATH: "folder" }, true],
  ["git", { SSL_CERT_FILE: "with.pem" }, undefined],
] as const)("%s with %j: %s", async (program, env, wanted) => {
  const { cwd, fingerprint } = await files();
  expect(await environmentHolds({ program, env, cwd }, fingerprint)).toBe(
    wanted,
  );
});
