import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  loadSettings,
  type LoadedSettings,
} from "../../src/config/load-settings.js";
import {
  distrustProjectFile,
  trustedFiles,
  trustProjectFile,
} from "../../src/config/project-trust.js";

const NOW = new Date("2026-01-01T00:00:00Z");
const TEXT = 'intercept = "none"\n[timeouts]\ndns = "9s"\n';

let home: string;
let cwd: string;
let file: string;
let book: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-trust-"));
  cwd = join(home, "project");
  mkdirSync(cwd);
  file = join(cwd, "gotap.toml");
  book = join(home, "data", "trusted.json");
  writeFileSync(file, TEXT);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const load = (folder = cwd): LoadedSettings =>
  loadSettings({ env: { GOTAP_HOME: home }, cwd: folder });

describe("a project's file that was trusted", () => {
  it("counts in full, below the user's own flags and files", () => {
    trustProjectFile(book, file, NOW);
    const { settings, notices, origins } = load();
    expect(settings.intercept).toBe("none");
    expect(origins["intercept"]).toBe(`${file}:1`);
    expect(notices).toEqual([]);
  });

  it("counts no more with one byte changed, and one line names the command", () => {
    trustProjectFile(book, file, NOW);
    writeFileSync(file, `${TEXT}# a comment\n`);
    const { settings, notices } = load();
    expect(settings.intercept).toBe("go");
    expect(settings.timeouts.dnsMs).toBe(9000);
    expect(notices).toEqual([
      `${file} has changed since it was trusted; ignored: intercept (read it, and if you trust it: gotap config trust ${file})`,
    ]);
    writeFileSync(file, TEXT);
    expect(load().settings.intercept).toBe("none");
  });

  it("counts no more when a root that it names was exchanged", () => {
    const root = join(cwd, "company.pem");
    writeFileSync(root, "one");
    writeFileSync(file, '[tls]\nca = ["company.pem"]\n');
    trustProjectFile(book, file, NOW);
    expect(load().settings.tls.ca).toEqual([root]);
    writeFileSync(root, "two");
    const { settings, notices } = load();
    expect(settings.tls.ca).toEqual([]);
    expect(notices[0]).toContain(
      `${root} has changed since ${file} was trusted; ignored: tls`,
    );
  });

  it("is that file in that folder, not its bytes elsewhere", () => {
    trustProjectFile(book, file, NOW);
    const other = join(home, "other");
    mkdirSync(other);
    writeFileSync(join(other, "gotap.toml"), TEXT);
    expect(load(other).settings.intercept).toBe("go");
  });

  it("is the same one through a link to its folder", () => {
    const link = join(home, "link");
    symlinkSync(cwd, link);
    trustProjectFile(book, join(link, "gotap.toml"), NOW);
    expect(load().settings.intercept).toBe("none");
    expect(load(link).settings.intercept).toBe("none");
  });

  it("is trusted once, until it is distrusted", () => {
    trustProjectFile(book, file, NOW);
    trustProjectFile(book, file, NOW);
    expect(trustedFiles(book)).toHaveLength(1);
    expect(distrustProjectFile(book, file)).toBe(true);
    expect(distrustProjectFile(book, file)).toBe(false);
    expect(load().settings.intercept).toBe("go");
  });

  it("can be distrusted when it is gone", () => {
    trustProjectFile(book, file, NOW);
    rmSync(file);
    expect(distrustProjectFile(book, file)).toBe(true);
  });
});

describe("the book of what is trusted", () => {
  it("is the user's alone, and nothing is left beside it", () => {
    trustProjectFile(book, file, NOW);
    expect(statSync(book).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, "data")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(home, "data"))).toEqual(["trusted.json"]);
    expect(JSON.parse(readFileSync(book, "utf8"))).toEqual({
      trusted: [
        {
          file,
          sha256: expect.stringMatching(/^[\da-f]{64}$/) as string,
          trusted_at: "2026-01-01T00:00:00.000Z",
          roots: [],
        },
      ],
    });
  });

  it("trusts nothing where it cannot be read, and says so", () => {
    trustProjectFile(book, file, NOW);
    writeFileSync(book, '{"trusted": [{"file": 1}]}');
    const { settings, notices } = load();
    expect(settings.intercept).toBe("go");
    expect(notices[0]).toContain(`${book} cannot be read`);
    expect(() => trustProjectFile(book, file, NOW)).toThrow(
      expect.objectContaining({ code: "TRUST_UNREADABLE" }),
    );
  });
});

describe("what is not trusted", () => {
  const attempt = (name: string) => () => trustProjectFile(book, name, NOW);
  const refusal = (code: string) => expect.objectContaining({ code }) as Error;

  it("a file of another name, one that is not there, one that is wrong", () => {
    renameSync(file, join(cwd, "mine.toml"));
    expect(attempt(join(cwd, "mine.toml"))).toThrow(refusal("TRUST_FILE"));
    expect(attempt(file)).toThrow(refusal("TRUST_FILE"));
    writeFileSync(file, "nothing = 1");
    expect(attempt(file)).toThrow(refusal("CONFIG_UNKNOWN_KEY"));
    expect(trustedFiles(book)).toEqual([]);
  });

  it("a root that cannot be read", () => {
    writeFileSync(file, '[tls]\nca = ["gone.pem"]\n');
    expect(attempt(file)).toThrow(refusal("TRUST_FILE"));
    expect(trustedFiles(book)).toEqual([]);
  });
});
