import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  loadSettings,
  type LoadedSettings,
} from "../../src/config/load-settings.js";

const FOLDER = new URL("../../docs/examples/", import.meta.url).pathname;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-examples-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const load = (name: string): LoadedSettings =>
  loadSettings({
    env: { GOTAP_HOME: home },
    cwd: home,
    configFile: join(FOLDER, name),
  });

describe("docs/examples", () => {
  it.each(readdirSync(FOLDER))("%s is read without a word", (name) => {
    expect(name).toMatch(/\.toml$/);
    expect(load(name).notices).toEqual([]);
  });

  it("goproxy-failover.toml sets what it promises", () => {
    const { settings } = load("goproxy-failover.toml");
    expect(settings).toMatchObject({
      mirrors: [{ for: "goproxy.io", urls: ["https://goproxy.cn"] }],
      offline: { use: ["gomodcache"], when: "failed" },
      upstreams: [
        { name: "backup-http", url: "http://127.0.0.1:8080" },
        { name: "socks", url: "socks5://127.0.0.1:1080" },
      ],
      health: { timeoutMs: 3000, failures: 2 },
      breaker: { failures: 2, openForMs: 15_000 },
    });
    expect(settings.timeouts.connectMs).toBe(3000);
  });
});
