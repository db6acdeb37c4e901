import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gomodcacheStore } from "../../src/offline/gomodcache.js";
import type { OfflineRequest } from "../../src/offline/store.js";
import { makeModuleTree, type TreeModule } from "../support/module-tree.js";
import { makeSumdb } from "../support/sumdb.js";
import { folderOf, put } from "./folder.js";

const tree = makeModuleTree({ modules: 3 });
const [first] = tree.modules;
if (first === undefined) throw new Error("a tree of three has a first");
const m: TreeModule = first;
const database = makeSumdb("sum.example.org", tree.modules);
const at = `cache/download/${m.escaped}/@v/${m.version}`;
const LOOKUP = `cache/download/sumdb/sum.example.org/lookup/${m.escaped}@${m.version}`;
const TILE = "cache/download/sumdb/sum.example.org/tile/8/0/000.p/3";

const files = {
  [`${at}.info`]: m.info,
  [`${at}.mod`]: m.mod,
  [`${at}.zip`]: m.zip,
  [`${at}.ziphash`]: m.zipHash,
  [LOOKUP]: body(`/lookup/${m.escaped}@${m.version}`),
  [TILE]: body("/tile/8/0/000.p/3"),
};

function body(path: string): string | Uint8Array {
  const answer = database.answer(path).body;
  if (typeof answer === "string" || answer instanceof Uint8Array) return answer;
  throw new Error(`nothing at ${path}`);
}

const asked = { modulePath: m.path, moduleVersion: m.version, target: "/" };
const tile = { sumdbName: "sum.example.org", sumdbTile: "8/0/000.p/3" };
const lookup = { ...asked, sumdbName: "sum.example.org" };

function find(
  folder: string,
  request: Partial<OfflineRequest> & Pick<OfflineRequest, "kind">,
  key?: string,
) {
  return gomodcacheStore(folder, () => key).find({ target: "/", ...request });
}

describe("the module cache", () => {
  it("has what go put there, with capital letters escaped", async () => {
    const folder = folderOf(files);
    expect(m.path).toMatch(/[A-Z]/);
    expect(await find(folder, { kind: "info", ...asked })).toEqual({
      file: join(folder, `${at}.info`),
      bytes: Buffer.byteLength(m.info),
      contentType: "application/json",
    });
    expect(await find(folder, { kind: "mod", ...asked })).toMatchObject({
      file: join(folder, `${at}.mod`),
      contentType: "text/plain; charset=UTF-8",
    });
    expect(await find(folder, { kind: "zip", ...asked })).toMatchObject({
      file: join(folder, `${at}.zip`),
      bytes: m.zip.length,
      contentType: "application/zip",
    });
    expect(
      await find(folder, { kind: "sumdb-lookup", ...lookup }),
    ).toMatchObject({
      file: join(folder, LOOKUP),
      contentType: "text/plain; charset=UTF-8",
    });
    expect(await find(folder, { kind: "sumdb-tile", ...tile })).toMatchObject({
      file: join(folder, TILE),
      bytes: 96,
      contentType: "application/octet-stream",
    });
  });

  it("has the file of a toolchain that the URL names", async () => {
    const version = "v0.0.1-go1.27.0.linux-amd64";
    const folder = folderOf({
      [`cache/download/golang.org/toolchain/@v/${version}.zip`]: m.zip,
      [`cache/download/golang.org/toolchain/@v/${version}.ziphash`]: m.zipHash,
    });
    const request = {
      kind: "toolchain",
      modulePath: "golang.org/toolchain",
      moduleVersion: version,
    } as const;
    const target = `/golang.org/toolchain/@v/${version}`;
    const zip = { ...request, target: `${target}.zip?x=1` };
    expect(await find(folder, zip)).toMatchObject({ bytes: m.zip.length });
    const mod = { ...request, target: `${target}.mod` };
    expect(await find(folder, mod)).toBeUndefined();
    expect(await find(folder, { ...request, target })).toBeUndefined();
  });

  it.each<OfflineRequest["kind"]>([
    "list",
    "latest",
    "sumdb-latest",
    "sumdb-supported",
    "go-get",
    "git-refs",
    "other",
  ])("never answers %s", async (kind) => {
    const folder = folderOf({
      ...files,
      [`cache/download/${m.escaped}/@v/list`]: `${m.version}\n`,
    });
    expect(await find(folder, { kind, ...lookup })).toBeUndefined();
  });

  it.each(["main", "v1", "v1.2", "v01.2.3", "v1.2.3+meta", "v1.2.3-", ""])(
    "never answers for version %j, which is not canonical",
    async (moduleVersion) => {
      const name = `cache/download/${m.escaped}/@v/${moduleVersion}`;
      const info = JSON.stringify({ Version: moduleVersion });
      const folder = folderOf({ [`${name}.info`]: info });
      expect(
        await find(folder, { kind: "info", ...asked, moduleVersion }),
      ).toBeUndefined();
    },
  );

  it.each([
    "v1.2.3-RC1",
    "v2.0.0+incompatible",
    "v0.0.0-20240102030405-abcdef012345",
  ])("answers for version %s", async (moduleVersion) => {
    const escaped = moduleVersion.replace("RC", "!r!c");
    const info = JSON.stringify({ Version: moduleVersion });
    const folder = folderOf({
      [`cache/download/${m.escaped}/@v/${escaped}.info`]: info,
    });
    expect(
      await find(folder, { kind: "info", ...asked, moduleVersion }),
    ).toMatchObject({ bytes: info.length });
  });
});

describe("what is not whole is not there", () => {
  it.each([
    ["a zip without its hash", { [`${at}.ziphash`]: undefined }, "zip"],
    ["a zip with half a hash", { [`${at}.ziphash`]: "h1:AAAA" }, "zip"],
    ["a zip with an empty hash", { [`${at}.ziphash`]: "" }, "zip"],
    ["a cut zip", { [`${at}.zip`]: m.zip.subarray(0, -1) }, "zip"],
    ["a zip of zeros", { [`${at}.zip`]: Buffer.alloc(500) }, "zip"],
    ["a tiny zip", { [`${at}.zip`]: "PK" }, "zip"],
    [
      "a zip under its temporary name",
      { [`${at}.zip`]: undefined, [`${at}.zip123.tmp`]: m.zip },
      "zip",
    ],
    ["an empty go.mod", { [`${at}.mod`]: "" }, "mod"],
    ["an empty .info", { [`${at}.info`]: "" }, "info"],
    ["a cut .info", { [`${at}.info`]: m.info.slice(0, -1) }, "info"],
    ["null", { [`${at}.info`]: "null" }, "info"],
    ["another version's .info", { [`${at}.info`]: '{"Version":"v1"}' }, "info"],
    ["an empty look-up", { [LOOKUP]: "" }, "sumdb-lookup"],
    [
      "a cut look-up",
      { [LOOKUP]: String(files[LOOKUP]).slice(0, -1) },
      "sumdb-lookup",
    ],
    ["a cut tile", { [TILE]: Buffer.alloc(95) }, "sumdb-tile"],
    ["a tile that is too long", { [TILE]: Buffer.alloc(97) }, "sumdb-tile"],
  ] as const)("%s", async (_name, changes, kind) => {
    const changed: Record<string, string | Uint8Array | undefined> = {
      ...files,
      ...changes,
    };
    const there = Object.entries(changed).filter(
      (entry): entry is [string, string | Uint8Array] => entry[1] !== undefined,
    );
    const folder = folderOf(Object.fromEntries(there));
    const request = { kind, ...lookup, ...tile };
    expect(await find(folder, request)).toBeUndefined();
    // The same with nothing changed is there.
    expect(await find(folderOf(files), request)).toBeDefined();
  });

  it("a folder, and a cache that is not there", async () => {
    const folder = folderOf();
    mkdirSync(join(folder, `${at}.mod`), { recursive: true });
    expect(await find(folder, { kind: "mod", ...asked })).toBeUndefined();
    const gone = join(folder, "gone");
    expect(await find(gone, { kind: "mod", ...asked })).toBeUndefined();
  });
});

describe("the checksum database's files", () => {
  const request = { kind: "sumdb-lookup", ...lookup } as const;

  it("count where the database signed them", async () => {
    const folder = folderOf(files);
    expect(await find(folder, request, database.key)).toBeDefined();
    const other = makeSumdb("sum.example.org", tree.modules);
    expect(await find(folder, request, other.key)).toBeUndefined();
  });

  it("count when they are about that version alone", async () => {
    const folder = folderOf({
      ...files,
      [LOOKUP.replace(m.version, "v9.9.9")]: files[LOOKUP] ?? "",
    });
    const wrong = { ...request, moduleVersion: "v9.9.9" };
    expect(await find(folder, wrong, database.key)).toBeUndefined();
  });

  it("stand under the name that the key says, whatever alias go was given", async () => {
    const folder = folderOf(files);
    const aliased = { ...request, sumdbName: "sum.example.cn" };
    expect(await find(folder, aliased, database.key)).toBeDefined();
    expect(await find(folder, aliased)).toBeUndefined();
  });
});

describe("no name leads out of the cache", () => {
  const SECRET = "outside/secret";

  it.each([
    { modulePath: "../../../outside" },
    { modulePath: "example.com/../../../../outside" },
    { modulePath: "/outside" },
    { modulePath: "example.com//mod0" },
    { modulePath: "example.com/.hidden" },
    { modulePath: "sumdb/sum.example.org" },
    { modulePath: "example.com\\..\\mod0" },
    { modulePath: "example.com/a\0b" },
    { moduleVersion: "../v1.0.0" },
    { moduleVersion: "v1.0.0/../v1.0.0" },
    { moduleVersion: "v1.0.0\0" },
    { sumdbName: "../sumdb/sum.example.org" },
    { sumdbName: "sum.example.org/.." },
    { sumdbName: "/etc" },
    { sumdbName: "" },
    { sumdbTile: "8/0/../000.p/3" },
    { sumdbTile: "../../../../../outside/secret" },
  ])("%j", async (change) => {
    const folder = folderOf({ ...files, [SECRET]: "secret" });
    const kinds = (
      ["info", "mod", "zip", "sumdb-lookup", "sumdb-tile"] as const
    )
      // What the change has no part in is found as ever.
      .filter((kind) =>
        kind === "sumdb-tile"
          ? "sumdbTile" in change || "sumdbName" in change
          : kind === "sumdb-lookup"
            ? !("sumdbTile" in change)
            : "modulePath" in change || "moduleVersion" in change,
      );
    for (const kind of kinds)
      expect(
        await find(folder, { kind, ...lookup, ...tile, ...change }),
      ).toBeUndefined();
  });

  it("whatever it is", async () => {
    const folder = folderOf({ ...files, [SECRET]: "secret" });
    const part = fc.oneof(
      fc.constantFrom("..", ".", "/", "example.com", "outside", "secret", "@v"),
      fc.string({ maxLength: 6 }),
    );
    const text = fc
      .array(part, { maxLength: 8 })
      .map((parts) => parts.join("/"));
    const kind = fc.constantFrom<OfflineRequest["kind"][]>(
      "info",
      "mod",
      "zip",
      "sumdb-lookup",
      "sumdb-tile",
      "toolchain",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          kind,
          modulePath: text,
          moduleVersion: text,
          sumdbName: text,
          sumdbTile: text,
          target: text,
        }),
        async (request) => {
          const found = await find(folder, request);
          const inside = join(folder, "cache", "download");
          expect(found?.file ?? inside).toSatisfy((file: string) =>
            file.startsWith(inside),
          );
        },
      ),
    );
  });

  it("not even by a symbolic link; a link that stays inside, and a linked cache, are fine", async () => {
    const folder = folderOf({ ...files, [SECRET]: m.mod });
    const mod = join(folder, `${at}.mod`);
    const request = { kind: "mod", ...asked } as const;
    rmSync(mod);
    symlinkSync(join(folder, SECRET), mod);
    expect(await find(folder, request)).toBeUndefined();

    rmSync(mod);
    put(folder, "cache/download/store/mod", m.mod);
    symlinkSync(join(folder, "cache/download/store/mod"), mod);
    expect(await find(folder, request)).toMatchObject({ bytes: m.mod.length });

    const linked = join(folder, "linked");
    symlinkSync(folder, linked);
    expect(await find(linked, request)).toMatchObject({ bytes: m.mod.length });
  });
});
