import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import ts from "typescript";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Writes the recording parts as JavaScript into `folder`, for other processes and worker threads (Node.js 20 runs no TypeScript).
 * @param modules whether they find node_modules; without, there is no better-sqlite3 for them
 * @returns gives the URL of a source file: `entry("store/store.js")`
 */
export function transpile(
  folder: string,
  modules: boolean,
): (file: string) => URL {
  for (const part of ["model", "span", "store", "observe"])
    for (const name of readdirSync(join(PROJECT, "src", part))) {
      const source = readFileSync(join(PROJECT, "src", part, name), "utf8");
      const target = join(folder, "src", part, name.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(
        target,
        ts.transpileModule(source, {
          compilerOptions: {
            target: ts.ScriptTarget.ES2023,
            module: ts.ModuleKind.ESNext,
            verbatimModuleSyntax: true,
          },
        }).outputText,
      );
    }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  if (modules)
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  return (file) => pathToFileURL(join(folder, "src", file));
}
