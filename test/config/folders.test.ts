import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { foldersOf } from "../../src/config/folders.js";

const there = mkdtempSync(join(tmpdir(), "gotap-folders-"));
afterAll(() => rmSync(there, { recursive: true }));

describe("foldersOf", () => {
  it("moves everything with GOTAP_HOME", () => {
    const folders = foldersOf({
      GOTAP_HOME: "/tmp/moved",
      XDG_RUNTIME_DIR: there,
      XDG_DATA_HOME: "/elsewhere",
    });
    for (const path of Object.values(folders))
      expect(path).toMatch(/^\/tmp\/moved\//);
  });

  it("makes a relative GOTAP_HOME absolute", () => {
    expect(foldersOf({ GOTAP_HOME: "here" }).data).toBe(
      join(process.cwd(), "here", "data"),
    );
  });

  it("uses the XDG folders that are absolute and ignores the others", () => {
    const folders = foldersOf({
      HOME: "/home/gopher",
      XDG_CONFIG_HOME: "/cfg",
      XDG_DATA_HOME: "not/absolute",
      XDG_RUNTIME_DIR: there,
    });
    expect(folders.config).toBe("/cfg/gotap");
    expect(folders.data).not.toContain("not/absolute");
    expect(folders.runtime).toBe(join(there, "gotap"));
  });

  it.runIf(process.platform === "linux")(
    "falls back to HOME, and to a folder under data for sockets",
    () => {
      const folders = foldersOf({
        HOME: "/home/gopher",
        XDG_RUNTIME_DIR: join(there, "gone"),
      });
      expect(folders.data).toBe("/home/gopher/.local/share/gotap");
      expect(folders.runtime).toBe("/home/gopher/.local/share/gotap/run");
      expect(folders.caDir).toBe("/home/gopher/.local/share/gotap/ca");
    },
  );

  it("keeps a socket's path short enough to bind, the same at each call", () => {
    const long = { GOTAP_HOME: `/tmp/${"x".repeat(120)}` };
    const folders = foldersOf(long);
    expect(Buffer.byteLength(`${folders.runtime}/4194304.sock`)).toBeLessThan(
      104,
    );
    expect(foldersOf(long).runtime).toBe(folders.runtime);
    expect(folders.data).toContain("xxx");
  });
});
