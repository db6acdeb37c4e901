import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { goInsecure } from "../../src/evidence/go-insecure.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

describe("goInsecure", () => {
  let folder: string;
  beforeEach(() => {
    folder = makeFolder("goinsecure");
  });
  afterEach(() => removeFolder(folder));

  /** A file with this text below the test's folder. */
  function file(name: string, text: string): string {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }
  const at = (env: Record<string, string>, platform?: NodeJS.Platform) =>
    goInsecure({
      env: { HOME: folder, ...env },
      platform: platform ?? "linux",
    });

  it("is empty where nobody set it", async () => {
    expect(await at({})).toBe("");
    expect(await goInsecure({ env: {}, platform: "win32" })).toBe("");
  });

  it("the environment first, an empty one is none", async () => {
    file(".config/go/env", "GOINSECURE=file.test\n");
    expect(await at({ GOINSECURE: "env.test" })).toBe("env.test");
    expect(await at({ GOINSECURE: "" })).toBe("file.test");
  });

  it.each([
    ["linux", ".config/go/env", {}],
    ["linux", "xdg/go/env", { XDG_CONFIG_HOME: "xdg" }],
    ["darwin", "Library/Application Support/go/env", {}],
    ["win32", "roaming/go/env", { AppData: "roaming" }],
    ["linux", "my-env", { GOENV: "my-env" }],
  ] as const)("the file of go env -w: %s, %s", async (platform, name, env) => {
    file(name, "GOPROXY=x\nGOINSECURE=a.test,b.test");
    const absolute = Object.fromEntries(
      Object.entries(env).map(([key, value]) => [key, join(folder, value)]),
    );
    expect(await at(absolute, platform)).toBe("a.test,b.test");
  });

  it("GOENV=off reads none", async () => {
    file(".config/go/env", "GOINSECURE=file.test\n");
    expect(await at({ GOENV: "off" })).toBe("");
  });

  it("go.env of GOROOT last, found through the program's real place", async () => {
    file("root/go.env", "# comment\nGOINSECURE=root.test\n");
    const program = file("root/bin/go", "");
    mkdirSync(join(folder, "bin"));
    symlinkSync(program, join(folder, "bin", "go"));
    const PATH = `/nowhere:${join(folder, "bin")}`;
    expect(await at({ PATH })).toBe("root.test");
    expect(await at({ GOROOT: join(folder, "root") })).toBe("root.test");
    expect(await goInsecure({ env: {}, goBinary: program })).toBe("root.test");
    file(".config/go/env", "GOINSECURE=\n");
    expect(await at({ PATH })).toBe("");
  });
});
