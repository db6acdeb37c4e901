import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { type ColdCache, makeColdCache } from "../../src/cli/cold-cache.js";

const made: ColdCache[] = [];
afterEach(() => {
  for (const cache of made.splice(0)) cache.remove();
});
function cold(goflags = ""): ColdCache {
  const cache = makeColdCache(goflags);
  made.push(cache);
  return cache;
}

/** The number of a process that is no more. */
function deadPid(): number {
  return spawnSync("true").pid;
}

describe("makeColdCache", () => {
  it("is an empty folder of its own, and appends to GOFLAGS", () => {
    const { env } = cold("-mod=mod -trimpath");
    expect(env.GOFLAGS).toBe("-mod=mod -trimpath -modcacherw");
    expect(readdirSync(env.GOMODCACHE)).toEqual([]);
    expect(cold().env).toMatchObject({ GOFLAGS: "-modcacherw" });
    expect(cold().env.GOMODCACHE).not.toBe(env.GOMODCACHE);
  });

  it("removes what a killed run left, and nothing of a living one", () => {
    const left = mkdtempSync(join(tmpdir(), `gotap-cold-${deadPid()}-`));
    writeFileSync(join(left, "file"), "");
    const living = cold().env.GOMODCACHE;
    cold();
    expect(existsSync(left)).toBe(false);
    expect(existsSync(living)).toBe(true);
  });

  it("remove takes go's read-only folders too, and does nothing the second time", () => {
    const cache = cold();
    const { GOMODCACHE: folder } = cache.env;
    const module = join(folder, "example.com", "m@v1.0.0");
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "m.go"), "package m\n", { mode: 0o444 });
    chmodSync(module, 0o555);
    chmodSync(join(folder, "example.com"), 0o555);
    // root may remove anything: then it is another user's turn.
    if (process.getuid?.() === 0) {
      for (const path of [folder, join(folder, "example.com"), module])
        spawnSync("chown", ["-R", "65534", path]);
      process.seteuid?.(65_534);
    }
    try {
      expect(cache.remove()).toBeUndefined();
      expect(existsSync(folder)).toBe(false);
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0);
    }
    expect(cache.remove()).toBeUndefined();
  });

  it("says which folder it could not remove", () => {
    const cache = cold();
    const { GOMODCACHE: folder } = cache.env;
    mkdirSync(join(folder, "of-another-user"));
    writeFileSync(join(folder, "of-another-user", "file"), "");
    if (process.getuid?.() !== 0) return;
    process.seteuid?.(65_534);
    try {
      expect(cache.remove()).toBe(folder);
    } finally {
      process.seteuid?.(0);
    }
    expect(basename(folder)).toContain(String(process.pid));
  });
});
