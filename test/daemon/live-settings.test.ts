import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  loadSettings,
  type SettingsRequest,
} from "../../src/config/load-settings.js";
import { trustProjectFile } from "../../src/config/project-trust.js";
import {
  type LiveSettings,
  liveSettings,
  viewOf,
} from "../../src/daemon/live-settings.js";
import { systemClock } from "../../src/daemon/system-clock.js";
import { type Log, SILENT } from "../../src/model/log.js";
import { waitFor } from "../support/wait-for.js";

let home: string;
let cwd: string;
let said: string[];
let live: LiveSettings | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-live-"));
  cwd = join(home, "project");
  mkdirSync(cwd);
  said = [];
});
afterEach(() => {
  live?.close();
  rmSync(home, { recursive: true, force: true });
});

function start(
  more: Partial<SettingsRequest> = {},
  unused?: readonly string[],
): LiveSettings {
  const request = { env: { GOTAP_HOME: home }, cwd, ...more };
  const log: Log = { ...SILENT, warn: (line) => void said.push(line) };
  live = liveSettings(loadSettings(request), {
    request,
    clock: systemClock,
    log,
    ...(unused && { unused }),
  });
  return live;
}

const named = (): string => join(home, "named.toml");
const dns = (time: string): string => `[timeouts]\ndns = "${time}"\n`;
const dnsIs = (ms: number): Promise<true> =>
  waitFor(`dns = ${ms} ms`, () => live?.current().timeouts.dnsMs === ms);
const saysThat = (text: string): Promise<string> =>
  waitFor(`a line with ${text}`, () =>
    said.find((line) => line.includes(text)),
  );

describe("a change is in force without a word from anybody", () => {
  it("when the named file is written", async () => {
    writeFileSync(named(), dns("1s"));
    const { current } = start({ configFile: named() });
    const before = current();
    writeFileSync(named(), dns("2s"));
    expect(await dnsIs(2000)).toBe(true);
    expect(before.timeouts.dnsMs).toBe(1000);
    expect(said).toEqual(["the configuration was read again: timeouts.dns"]);
  });

  it("when an editor renames another file into its place, again and again", async () => {
    writeFileSync(named(), dns("1s"));
    start({ configFile: named() });
    for (const seconds of [2, 3, 4]) {
      writeFileSync(join(home, "beside"), dns(`${seconds}s`));
      renameSync(named(), `${named()}~`);
      renameSync(join(home, "beside"), named());
      expect(await dnsIs(seconds * 1000)).toBe(true);
    }
  });

  it("when the user's file appears, its folder too, and goes again", async () => {
    start();
    mkdirSync(join(home, "config"));
    writeFileSync(join(home, "config", "config.toml"), dns("2s"));
    expect(await dnsIs(2000)).toBe(true);
    rmSync(join(home, "config"), { recursive: true });
    expect(await dnsIs(5000)).toBe(true);
    mkdirSync(join(home, "config"));
    writeFileSync(join(home, "config", "config.toml"), dns("3s"));
    expect(await dnsIs(3000)).toBe(true);
  });

  it("when a folder is put in the place of the file's folder", async () => {
    mkdirSync(join(home, "config"));
    writeFileSync(join(home, "config", "config.toml"), dns("2s"));
    start();
    mkdirSync(join(home, "next"));
    writeFileSync(join(home, "next", "config.toml"), dns("3s"));
    renameSync(join(home, "config"), join(home, "old"));
    renameSync(join(home, "next"), join(home, "config"));
    expect(await dnsIs(3000)).toBe(true);
    writeFileSync(join(home, "config", "config.toml"), dns("4s"));
    expect(await dnsIs(4000)).toBe(true);
  });

  it("when what a link leads to is written", async () => {
    mkdirSync(join(home, "dotfiles"));
    writeFileSync(join(home, "dotfiles", "gotap"), dns("2s"));
    symlinkSync(join(home, "dotfiles", "gotap"), named());
    start({ configFile: named() });
    writeFileSync(join(home, "dotfiles", "gotap"), dns("3s"));
    expect(await dnsIs(3000)).toBe(true);
  });

  it("when a project's file appears, and when it is trusted", async () => {
    const file = join(cwd, "gotap.toml");
    const { current } = start();
    writeFileSync(file, `intercept = "all"\n${dns("2s")}`);
    expect(await dnsIs(2000)).toBe(true);
    expect(current().intercept).toBe("go");
    expect(await saysThat("ignored: intercept")).toContain(
      `gotap config trust ${file}`,
    );
    trustProjectFile(join(home, "data", "trusted.json"), file, new Date());
    await waitFor("the trust", () => current().intercept === "all");
  });
});

describe("a file that is wrong", () => {
  it("keeps what held before, and one line names the place; mended, it counts", async () => {
    writeFileSync(named(), dns("1s"));
    const { current, reload } = start({ configFile: named() });
    writeFileSync(named(), '[timeouts]\n  dsn = "2s"\n');
    expect(await saysThat("not taken over")).toBe(
      `the configuration is not taken over, what held before holds on: ${named()}:2:3: there is no key "timeouts.dsn" (did you mean timeouts.dns?)`,
    );
    expect(current().timeouts.dnsMs).toBe(1000);
    writeFileSync(named(), "[timeouts\n");
    await saysThat(`${named()}:1:`);
    rmSync(named());
    await saysThat(`there is no configuration file ${named()}`);
    reload();
    expect(said).toHaveLength(4);
    writeFileSync(named(), dns("1s"));
    await saysThat("read again: nothing has changed");
    writeFileSync(named(), dns("2s"));
    expect(await dnsIs(2000)).toBe(true);
  });

  it("is asked for again at each reload, and said again", () => {
    writeFileSync(named(), dns("1s"));
    const { reload } = start({ configFile: named() });
    writeFileSync(named(), "no = 1");
    reload();
    reload();
    expect(said).toHaveLength(2);
    expect(said[0]).toBe(said[1]);
  });

  it("a pipe is not read twice", () => {
    execFileSync("mkfifo", [named()]);
    const reading = openSync(named(), "r+");
    const request = { env: { GOTAP_HOME: home }, cwd };
    const loaded = loadSettings(request);
    const log: Log = { ...SILENT, warn: (line) => void said.push(line) };
    live = liveSettings(
      { ...loaded, files: [named(), ...loaded.files] },
      { request, clock: systemClock, log },
    );
    const { current, reload } = live;
    const before = current();
    reload();
    closeSync(reading);
    expect(current()).toBe(before);
    expect(said[0]).toContain("can be read only once");
  });
});

describe("reload", () => {
  it("tells whoever listens, with what held before, until they have enough", () => {
    writeFileSync(named(), dns("1s"));
    const { current, onChange, reload } = start({ configFile: named() });
    const heard: [number, number][] = [];
    const enough = onChange((now, before) => {
      heard.push([now.timeouts.dnsMs, before.timeouts.dnsMs]);
    });
    reload();
    writeFileSync(named(), dns("2s"));
    reload();
    enough();
    writeFileSync(named(), dns("3s"));
    reload();
    expect(heard).toEqual([[2000, 1000]]);
    expect(current().timeouts.dnsMs).toBe(3000);
    expect(said[0]).toBe(
      "the configuration was read again: nothing has changed",
    );
  });

  it("names what counts from the next start alone, once", () => {
    writeFileSync(named(), "");
    const { current, reload } = start({ configFile: named() });
    const before = current();
    writeFileSync(
      named(),
      `listen = "127.0.0.1:9191"\n[store]\nmax_age = "1d"\n[resolve]\n"a.test" = "127.0.0.1"\n[tls]\nca = ["a.pem"]\n${dns("2s")}`,
    );
    reload();
    reload();
    expect(current()).toEqual({
      ...before,
      timeouts: { ...before.timeouts, dnsMs: 2000 },
    });
    expect(said).toEqual([
      "listen, store.max_age, tls.ca, resolve.a.test: changed in the configuration, from the next start on",
      "the configuration was read again: timeouts.dns",
      "the configuration was read again: nothing has changed",
    ]);
  });

  it("keeps quiet about what means nothing here", () => {
    writeFileSync(named(), "");
    const { reload } = start({ configFile: named() }, ["listen"]);
    writeFileSync(named(), 'listen = "127.0.0.1:9191"\n');
    reload();
    expect(said).toEqual([
      "the configuration was read again: nothing has changed",
    ]);
  });

  it("flags and variables win as before", () => {
    writeFileSync(named(), dns("1s"));
    const { current, reload } = start({
      configFile: named(),
      flags: { intercept: "none" },
      env: { GOTAP_HOME: home, GOTAP_TIMEOUTS_DNS: "9s" },
    });
    writeFileSync(named(), `intercept = "all"\n${dns("2s")}`);
    reload();
    expect(current().timeouts.dnsMs).toBe(9000);
    expect(current().intercept).toBe("none");
  });
});

describe("viewOf", () => {
  it("is what holds at the moment of each look", () => {
    writeFileSync(named(), dns("1s"));
    start({ configFile: named() });
    const view = viewOf(live as LiveSettings);
    writeFileSync(named(), dns("2s"));
    live?.reload();
    expect(view.timeouts.dnsMs).toBe(2000);
    expect({ ...view }).toEqual(live?.current());
  });
});
