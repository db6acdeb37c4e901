import { join } from "node:path";

import { expect, it } from "vitest";

import { gomodcacheOf } from "../../src/offline/gomodcache-folder.js";
import { folderOf } from "./folder.js";

it("takes the variable first", async () => {
  expect(
    await gomodcacheOf({ GOMODCACHE: "/m", GOPATH: "/p", HOME: "/h" }),
  ).toBe("/m");
});

it("takes the first folder of GOPATH, and else the one in HOME", async () => {
  expect(await gomodcacheOf({ GOPATH: "/p:/q", HOME: "/h" })).toBe(
    "/p/pkg/mod",
  );
  expect(await gomodcacheOf({ HOME: "/h" })).toBe("/h/go/pkg/mod");
  expect(await gomodcacheOf({ HOME: "/h", GOPATH: "", GOMODCACHE: "" })).toBe(
    "/h/go/pkg/mod",
  );
});

it("is none where go would have none, and where it is relative", async () => {
  expect(await gomodcacheOf({})).toBeUndefined();
  expect(await gomodcacheOf({ GOPATH: ":/q", HOME: "/h" })).toBeUndefined();
  expect(await gomodcacheOf({ GOMODCACHE: "m", HOME: "/h" })).toBeUndefined();
});

it("reads what go env -w wrote", async () => {
  const home = folderOf({
    ".config/go/env": "# mine\nGOFLAGS=-x\nGOPATH=/old\nGOPATH=/w=1\n",
    "xdg/go/env": "GOMODCACHE=/x\n",
    other: "GOMODCACHE=/o",
    "Library/Application Support/go/env": "GOMODCACHE=/mac\n",
  });
  const HOME = home;
  expect(await gomodcacheOf({ HOME }, "linux")).toBe("/w=1/pkg/mod");
  expect(await gomodcacheOf({ HOME, GOPATH: "/p" }, "linux")).toBe(
    "/p/pkg/mod",
  );
  expect(
    await gomodcacheOf({ HOME, XDG_CONFIG_HOME: join(home, "xdg") }, "linux"),
  ).toBe("/x");
  expect(await gomodcacheOf({ HOME, XDG_CONFIG_HOME: "xdg" }, "linux")).toBe(
    join(home, "go/pkg/mod"),
  );
  expect(await gomodcacheOf({ HOME, GOENV: join(home, "other") })).toBe("/o");
  expect(await gomodcacheOf({ HOME, GOENV: "off" })).toBe(
    join(home, "go/pkg/mod"),
  );
  expect(await gomodcacheOf({ HOME }, "darwin")).toBe("/mac");
});

it("reads what go was shipped with, below what the user wrote", async () => {
  const root = folderOf({ "go.env": "GOMODCACHE=/shipped\n" });
  const off = { HOME: "/h", GOENV: "off", GOROOT: root };
  expect(await gomodcacheOf(off)).toBe("/shipped");
  const user = folderOf({ env: `GOROOT=${root}\nGOMODCACHE=/user\n` });
  const both = { HOME: "/h", GOENV: join(user, "env") };
  expect(await gomodcacheOf(both)).toBe("/user");
});
