import { afterEach, describe, expect, it } from "vitest";

import { makeModuleTree } from "../support/module-tree.js";
import type { Answer } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import { Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { because, whyNot } from "../support/tools.js";
import { serverSpans } from "../support/trace-checks.js";
import { playBoth, type Played, type Sources } from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 1 });
const MODULE = tree.modules[0]?.path ?? "";
const PSEUDO = "v0.0.0-20240102030405-0123456789ab";

/** A tree with a branch, and a module without any version but its newest commit. */
function usual(path: string): Answer {
  const commit = { body: `{"Version":"${PSEUDO}"}` };
  if (path.endsWith("/@v/main.info")) return commit;
  if (!path.startsWith("/example.com/untagged/")) return tree.answer(path);
  if (path.endsWith("/@v/list")) return { body: "" };
  if (path.endsWith("/@latest")) return commit;
  if (path.endsWith(".mod")) return { body: "module example.com/untagged\n" };
  return tree.answer(path);
}

interface Row {
  what: string;
  kind: string;
  path: RegExp;
  command: readonly string[];
}

const ROWS: Row[] = [
  {
    what: "a list",
    kind: "list",
    path: /\/@v\/list$/,
    command: ["list", "-m", "-versions", MODULE],
  },
  {
    what: "@latest",
    kind: "latest",
    path: /\/@latest$/,
    command: ["list", "-m", "example.com/untagged@latest"],
  },
  {
    what: "a branch",
    kind: "info",
    path: /\/@v\/main\.info$/,
    command: ["list", "-m", `${MODULE}@main`],
  },
  ...["info", "mod", "zip"].map((kind) => ({
    what: `a .${kind}`,
    kind,
    path: new RegExp(String.raw`/@v/v1\.0\.0\.${kind}$`),
    command: ["mod", "download", `${MODULE}@v1.0.0`],
  })),
];

describe.skipIf(reason)(
  `the chain is the user's privacy${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /** A fails every request of the row, B would answer all. */
    const play = (row: Row, sources: Sources): Promise<Played> =>
      playBoth(scene, {
        tree,
        sources,
        a: () =>
          scripted(usual, [
            { path: row.path, answer: { status: 503, body: "no room\n" } },
          ]),
        b:
          () =>
          ({ path }) =>
            usual(path),
        command: row.command,
        config: { retry: { attempts: 2, backoff: "50ms" } },
      });

    it.each(ROWS)("a comma is never crossed: $what", async (row) => {
      const { alone, gotap } = await play(row, "A,B");
      expect(alone.result).toMatchObject({ code: 1 });
      expect(alone.b.requests).toEqual([]);
      expect(gotap.result).toMatchObject({ code: 1 });
      expect(gotap.result.stderr).toMatch(/50[234] /);
      expect(gotap.b.connections()).toBe(0);
      expect(askedFor(gotap.a, row.path)).toHaveLength(2);
    });

    it.each(ROWS)("a | is crossed inside one request: $what", async (row) => {
      const { alone, gotap } = await play(row, "A|B");
      expect(alone.result).toMatchObject({ code: 0 });
      expect(gotap.result).toMatchObject({ code: 0 });
      const asked = serverSpans(gotap.trace).filter((span) =>
        row.path.test(new URL(String(span.attributes["url.full"])).pathname),
      );
      expect(asked.length).toBeGreaterThan(0);
      for (const span of asked)
        expect(span.attributes).toMatchObject({
          "gotap.go.kind": row.kind,
          "server.address": "goproxy.test",
          "http.response.status_code": 200,
        });
      expect(askedFor(gotap.b, row.path).length).toBeGreaterThan(0);
    });

    it.each([404, 410])(
      "a %i of the first source is its answer: go crosses by itself, gotap does not",
      async (status) => {
        const { alone, gotap } = await playBoth(scene, {
          tree,
          sources: "A|B",
          a: () => () => ({ status, body: "not here\n" }),
          command: ["mod", "download", `${MODULE}@v1.0.0`],
        });
        expect(alone.result).toMatchObject({ code: 0 });
        expect(gotap.result).toMatchObject({ code: 0 });
        const statuses = serverSpans(gotap.trace).map((span) => [
          span.attributes["server.address"],
          span.attributes["http.response.status_code"],
        ]);
        expect(statuses).toContainEqual(["goproxy.test", status]);
        expect(statuses).toContainEqual(["mirror.test", 200]);
        expect(statuses).not.toContainEqual(["goproxy.test", 200]);
      },
    );
  },
);
