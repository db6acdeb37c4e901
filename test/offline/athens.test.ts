import { symlinkSync, rmSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { athensStore } from "../../src/offline/athens.js";
import type { OfflineRequest } from "../../src/offline/store.js";
import { makeModuleTree, type TreeModule } from "../support/module-tree.js";
import { folderOf } from "./folder.js";

const [first] = makeModuleTree({ modules: 1 }).modules;
if (first === undefined) throw new Error("a tree of one has a first");
const m: TreeModule = first;
// As Athens' storage lays it out: the path as it is, capital letters too.
const at = `${m.path}/${m.version}`;
const files = {
  [`${at}/go.mod`]: m.mod,
  [`${at}/${m.version}.info`]: m.info,
  [`${at}/source.zip`]: m.zip,
};

function find(
  folder: string,
  kind: OfflineRequest["kind"],
  change: Partial<OfflineRequest> = {},
) {
  return athensStore(folder).find({
    kind,
    modulePath: m.path,
    moduleVersion: m.version,
    target: "/",
    ...change,
  });
}

describe("an Athens store", () => {
  it("has a module's three files", async () => {
    const folder = folderOf(files);
    expect(await find(folder, "info")).toEqual({
      file: join(folder, at, `${m.version}.info`),
      bytes: Buffer.byteLength(m.info),
      contentType: "application/json",
    });
    expect(await find(folder, "mod")).toMatchObject({
      file: join(folder, at, "go.mod"),
      contentType: "text/plain; charset=UTF-8",
    });
    expect(await find(folder, "zip")).toMatchObject({
      file: join(folder, at, "source.zip"),
      bytes: m.zip.length,
      contentType: "application/zip",
    });
  });

  it.each(["v1.0.0-RC1", "v1.0.0-!r!c1"])(
    "may have a version's capital letters as %s",
    async (stored) => {
      const info = '{"Version":"v1.0.0-RC1"}';
      const folder = folderOf({
        [`${m.path}/${stored}/${stored}.info`]: info,
        [`${m.path}/${stored}/go.mod`]: m.mod,
      });
      const version = { moduleVersion: "v1.0.0-RC1" };
      expect(await find(folder, "mod", version)).toBeDefined();
      expect(await find(folder, "info", version)).toBeDefined();
    },
  );

  it("has nothing of a version whose .info, which comes last, is not whole", async () => {
    const info = `${at}/${m.version}.info`;
    for (const cut of ["", m.info.slice(0, -1)]) {
      const folder = folderOf({ ...files, [info]: cut });
      for (const kind of ["info", "mod", "zip"] as const)
        expect(await find(folder, kind)).toBeUndefined();
    }
  });

  it("has no zip that is cut", async () => {
    const folder = folderOf({
      ...files,
      [`${at}/source.zip`]: m.zip.subarray(0, 100),
    });
    expect(await find(folder, "zip")).toBeUndefined();
    expect(await find(folder, "mod")).toBeDefined();
  });

  it.each(["list", "latest", "sumdb-lookup", "sumdb-tile"] as const)(
    "never answers %s",
    async (kind) => {
      expect(await find(folderOf(files), kind)).toBeUndefined();
    },
  );

  it("lets no name and no link lead out of it", async () => {
    const folder = folderOf(files);
    const other = folderOf(files);
    const up = { modulePath: `../${other.split("/").at(-1)}/${m.path}` };
    expect(await find(folder, "mod", up)).toBeUndefined();
    expect(
      await find(folder, "mod", { moduleVersion: `../${m.version}` }),
    ).toBeUndefined();
    const mod = join(folder, at, "go.mod");
    rmSync(mod);
    symlinkSync(join(other, at, "go.mod"), mod);
    expect(await find(folder, "mod")).toBeUndefined();
  });
});
