import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { gitUrlMatch } from "../../src/policy/git-url-match.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { because, whyNot } from "../support/tools.js";

const SECTIONS = [
  "",
  "https://corp.example",
  "https://corp.example/",
  "https://CORP.example:443/team",
  "https://corp.example/team/",
  "https://corp.example/team/lib.git",
  "https://corp.example/te",
  "https://*.example/",
  "https://*.corp.example/team",
  "https://git.*.example",
  "https://*/",
  "https://corp.example:8443/",
  "http://corp.example/team",
  "https://[::1]/",
  "no url at all",
];
const URLS = [
  "https://corp.example/",
  "https://corp.example/team",
  "https://corp.example/team/lib.git/info/refs?service=git-upload-pack",
  "https://corp.example/teams/x",
  "https://corp.example:8443/team/x",
  "https://git.corp.example/team/x",
  "https://git.corp.example/other",
  "https://a.b.corp.example/team/x",
  "https://localhost/x",
  "https://[::1]/x",
  "http://corp.example/team/x",
];
/** Each section says its own number, so that the winner is known; a few orders, because of equals the last counts. */
const ORDERS = [
  SECTIONS.map((_, i) => i),
  SECTIONS.map((_, i) => SECTIONS.length - 1 - i),
  SECTIONS.map((_, i) => (i * 7) % SECTIONS.length),
];

const reason = whyNot("git");

describe.skipIf(reason)(
  `gitUrlMatch says what git config --get-urlmatch says${because(reason)}`,
  () => {
    const folder = makeFolder("urlmatch");
    afterAll(() => removeFolder(folder));

    it.each(ORDERS.map((order, i) => [i, order] as const))(
      "order %i",
      (number, order) => {
        const file = join(folder, `config-${number}`);
        const sections = order.map((i) => {
          const url = SECTIONS[i] ?? "";
          return `[http${url === "" ? "" : ` "${url}"`}]\n\tsslCAInfo = ${i}\n`;
        });
        writeFileSync(file, sections.join(""));
        const entries = order.map((i) => {
          const url = SECTIONS[i] ?? "";
          const key = `http.${url === "" ? "" : `${url}.`}sslcainfo`;
          return [key, String(i)] as const;
        });
        for (const url of URLS) {
          const said = execFileSync(
            "git",
            ["config", "--file", file, "--get-urlmatch", "http.sslCAInfo", url],
            { encoding: "utf8" },
          ).trim();
          expect([url, gitUrlMatch(entries, url).get("sslcainfo")]).toEqual([
            url,
            said,
          ]);
        }
      },
    );
  },
);

describe("gitUrlMatch", () => {
  it("takes each variable for itself, and knows one without a value", () => {
    const found = gitUrlMatch(
      [
        ["http.sslverify", undefined],
        ["http.https://corp.example.sslcert", "a"],
        ["http.sslcert", "b"],
      ],
      "https://corp.example/x",
    );
    expect([...found]).toEqual([
      ["sslverify", undefined],
      ["sslcert", "a"],
    ]);
  });

  it("a key with a user fits nothing, and neither does what is no URL", () => {
    const entries = [
      ["http.https://me@corp.example/.sslverify", "no"],
    ] as const;
    expect(gitUrlMatch(entries, "https://corp.example/").size).toBe(0);
    expect(gitUrlMatch([["http.sslverify", "no"]], "nonsense").size).toBe(0);
  });
});
