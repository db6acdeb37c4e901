import { expect, it } from "vitest";

import { SILENT } from "../../src/model/log.js";
import { offlineSources } from "../../src/offline/sources.js";

function sourcesOf(use: string[], gomodcache: string | undefined) {
  const notices: [string, string][] = [];
  const log = {
    ...SILENT,
    notice: (key: string, message: string) => {
      notices.push([key, message]);
    },
  };
  const stores = offlineSources({
    use,
    gomodcache,
    log,
    sumdbKey: () => undefined,
  });
  return { names: stores.map(({ name }) => name), notices };
}

it("keeps the order of the setting", () => {
  expect(sourcesOf(["athens:/a", "gomodcache", "athens:/b"], "/m")).toEqual({
    names: ["athens", "gomodcache", "athens"],
    notices: [],
  });
  expect(sourcesOf([], "/m").names).toEqual([]);
});

it("says what it cannot use, and goes on without it", () => {
  const { names, notices } = sourcesOf(
    ["gotap", "gomodcache", "athens:/a"],
    undefined,
  );
  expect(names).toEqual(["athens"]);
  expect(notices).toEqual([
    ["offline gotap", expect.stringContaining("gotap")],
    ["offline gomodcache", expect.stringContaining("GOMODCACHE")],
  ]);
});
