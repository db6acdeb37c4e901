import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";

import type { Folders } from "../../src/config/folders.js";
import { Joined } from "./joined.js";
import { client } from "./joined-client.js";

const CASES: {
  name: string;
  before: (folders: Folders) => void;
  line: RegExp;
  state: "sqlite" | "memory";
}[] = [
  {
    name: "a database file that is damaged",
    before({ storeFile }) {
      mkdirSync(dirname(storeFile), { recursive: true });
      writeFileSync(storeFile, "this is no database at all ".repeat(500));
    },
    line: /^the history was damaged and is now .*; a new one was begun$/,
    state: "sqlite",
  },
  {
    name: "a database of a newer gotap",
    before({ storeFile }) {
      mkdirSync(dirname(storeFile), { recursive: true });
      const database = new Database(storeFile);
      database.pragma("user_version = 4000");
      database.exec("CREATE TABLE later (x)");
      database.close();
    },
    line: /^the history is kept in memory only: .*newer/,
    state: "memory",
  },
  {
    name: "a folder in the store file's place",
    before({ storeFile }) {
      mkdirSync(storeFile, { recursive: true });
    },
    line: /^the history is kept in memory only: /,
    state: "memory",
  },
];

describe("a history that cannot be kept", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  it.each(CASES)(
    "$name costs one line and no download",
    async ({ before, line, state }) => {
      joined = await Joined.start({ before });
      await joined.gotap.recorder.opened;
      expect(joined.gotap.recorder.storeState().state).toBe(state);
      const told = joined.lines.filter((text) => text.includes("history"));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(line);
      const origin = await joined.origin({ handler: () => ({ body: "x" }) });
      const go = await client(joined, "h2", origin.port);
      expect((await go.get("/example.com/m/@v/list")).status).toBe(200);
      // What was seen is there all the same.
      expect((await joined.exchange()).status).toBe(200);
      go.close();
    },
  );

  it("the damaged file is kept beside the new one", async () => {
    joined = await Joined.start({ before: CASES[0]?.before ?? (() => {}) });
    await joined.gotap.recorder.opened;
    const files = readdirSync(dirname(joined.folders.storeFile));
    expect(files.some((name) => /^traces\.db\..*/.test(name))).toBe(true);
  });
});
