import { execFile } from "node:child_process";
import {
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import ts from "typescript";
import { expect, it } from "vitest";

import { scratchFolder } from "./scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The sources as plain JavaScript, for processes that vitest does not run: dist/ may be older than they are. */
async function compileInto(folder: string): Promise<void> {
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const certs = await readdir(join(root, "certs"));
  const sources = certs
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join("certs", name));
  for (const source of [...sources, "src/model/failure.ts"]) {
    const { outputText } = ts.transpileModule(
      await readFile(join(root, source), "utf8"),
      {
        compilerOptions: {
          module: ts.ModuleKind.ESNext,
          target: ts.ScriptTarget.ES2023,
          verbatimModuleSyntax: true,
        },
      },
    );
    const target = join(folder, source.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

it("several processes that start at once get one CA, whatever their umask", async () => {
  const folder = await scratchFolder();
  await compileInto(folder);
  const dir = join(folder, "data", "ca");
  const startAt = Date.now() + 500;
  const script = `
    process.umask(0);
    const { loadAuthority } = await import("./certs/authority.js");
    await import("./certs/authority-creation.js");
    while (Date.now() < ${startAt});
    const { fingerprint256, keyObject } = await loadAuthority(${JSON.stringify(dir)});
    console.log(fingerprint256, keyObject.asymmetricKeyType);`;
  const outputs = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--input-type=module", "-e", script],
        { cwd: folder },
      );
      return stdout.trim();
    }),
  );
  expect(new Set(outputs).size).toBe(1);
  expect(outputs[0]).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2} ec$/);
  expect(await readdir(dir)).toEqual(["current"]);
  const modes = await Promise.all(
    [dir, join(dir, "current"), join(dir, "current", "ca-key.pem")].map(
      async (path) => ((await stat(path)).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(["700", "700", "600"]);
});
