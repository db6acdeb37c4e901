import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { readKnownSumdbKeys } from "../../src/evidence/known-sumdb-keys.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

async function goroot(files: Record<string, string>): Promise<string> {
  const root = makeFolder("goroot");
  onTestFinished(() => {
    removeFolder(root);
  });
  const folder = join(root, "src/cmd/go/internal/modfetch");
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text);
  return root;
}

const KEYS = `package modfetch

var knownGOSUMDB = map[string]string{
	"sum.example.org": "sum.example.org+01234567+Ac4z/ctda0e5eza+HJyk",
	"two.example.org": "two.example.org+89abcdef+AAAA",
}
`;
const DIAL = `
	if gosumdb == "sum.example.cn" {
		gosumdb = "sum.example.org https://sum.example.cn"
	}
	if gosumdb == "off" {
		return "", nil, fmt.Errorf("checksum database disabled by GOSUMDB=off")
	}
`;

it("reads the keys that a go knows, and its aliases", async () => {
  const root = await goroot({ "key.go": KEYS, "sumdb.go": DIAL });
  const key = "sum.example.org+01234567+Ac4z/ctda0e5eza+HJyk";
  expect(await readKnownSumdbKeys(root)).toEqual(
    new Map([
      ["sum.example.org", key],
      ["two.example.org", "two.example.org+89abcdef+AAAA"],
      ["sum.example.cn", key],
    ]),
  );
});

it("knows none where the sources are not there", async () => {
  expect(await readKnownSumdbKeys(await goroot({}))).toEqual(new Map());
  expect(await readKnownSumdbKeys("/nowhere")).toEqual(new Map());
});
