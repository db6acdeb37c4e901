import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import {
  ENVIRONMENT_FORMATS,
  formatEnvironment,
} from "../../src/cli/environment-formats.js";
import { GotapError } from "../../src/model/failure.js";

const folder = mkdtempSync(join(tmpdir(), "gotap-formats-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PATH = process.env["PATH"] ?? "";
/** Prints the environment of the shell's child, in a form that keeps every byte. */
const PRINT = `"${process.execPath}" -e "process.stdout.write(JSON.stringify(process.env))"`;

const NASTY = {
  PLAIN: "http://run-1:t@127.0.0.1:9090",
  QUOTES: `it's "quoted" \`id\` $(id) $HOME \\ \\' '' "`,
  LINES: "one\ntwo\r\n\tthree ",
  EMPTY: "",
  PERCENT: "http://a%40b:%25@c.example %PATH% !x!",
  WORDS: "  spaces  # no comment; & | < > * ? ~ {a,b} = é 日本 ’‘",
};

function shell(program: string, args: string[], text: string): object {
  const output = execFileSync(program, [...args, `${text}\n${PRINT}`], {
    env: { PATH, GONE: "was there", HOME: folder },
    encoding: "utf8",
  });
  return JSON.parse(output) as object;
}

const has = (program: string) =>
  spawnSync(program, ["--version"], { env: { PATH } }).error === undefined;

describe("what a real shell makes of it", () => {
  const change = { ...NASTY, GONE: undefined };
  const shells: [string, string, string[], "sh" | "fish" | "powershell"][] = [
    ["sh", "sh", ["-euc"], "sh"],
    ["bash", "bash", ["--norc", "-euc"], "sh"],
    ["zsh", "zsh", ["-euc"], "sh"],
    ["fish", "fish", ["-c"], "fish"],
    ["pwsh", "pwsh", ["-NoProfile", "-Command"], "powershell"],
  ];
  for (const [name, program, args, format] of shells)
    it.skipIf(!has(program))(
      `${name}${has(program) ? "" : " (not installed)"}: every byte`,
      () => {
        const text = formatEnvironment(change, format);
        const prefix = format === "powershell" ? `${text}& ` : text;
        const seen = shell(program, args, prefix);
        expect(seen).toMatchObject(NASTY);
        expect(seen).not.toHaveProperty("GONE");
      },
    );

  it("sh: any text", () => {
    const text = fc
      .string({ unit: "binary", maxLength: 40 })
      .filter((value) => !value.includes("\0") && !/\p{Cs}/u.test(value));
    fc.assert(
      fc.property(text, (value) => {
        const seen = shell("sh", ["-c"], formatEnvironment({ V: value }, "sh"));
        expect(seen).toMatchObject({ V: value });
      }),
      { numRuns: 10 },
    );
  });
});

describe("dotenv", () => {
  it("is what node reads", () => {
    const { PLAIN, PERCENT } = NASTY;
    const values = { PLAIN, PERCENT, WORDS: 'a "b" #c $D \\n' };
    const file = join(folder, ".env");
    writeFileSync(
      file,
      formatEnvironment({ ...values, U: undefined }, "dotenv"),
    );
    const output = execFileSync(
      process.execPath,
      [
        `--env-file=${file}`,
        "-e",
        "process.stdout.write(JSON.stringify(process.env))",
      ],
      { env: {}, encoding: "utf8" },
    );
    expect(JSON.parse(output)).toMatchObject(values);
  });
});

describe("the other formats", () => {
  const change = { A: "http://x:1", B: "50% 'a'", C: undefined };

  it.each([
    ["fish", `set -gx A 'http://x:1'\nset -gx B '50% \\'a\\''\nset -e C\n`],
    [
      "powershell",
      "$env:A = 'http://x:1'\n$env:B = '50% ''a'''\nRemove-Item Env:C -ErrorAction SilentlyContinue\n",
    ],
    ["cmd", `set "A=http://x:1"\r\nset "B=50%% 'a'"\r\nset "C="\r\n`],
    ["liteide", "A=http://x:1\nB=50% 'a'\n"],
    ["docker", "A=http://x:1\nB=50% 'a'\n"],
    ["github", "A=http://x:1\nB=50% 'a'\nC=\n"],
  ] as const)("%s", (format, text) => {
    expect(formatEnvironment(change, format)).toBe(text);
  });

  it("json and vscode are JSON", () => {
    expect(JSON.parse(formatEnvironment(change, "json"))).toEqual({
      A: "http://x:1",
      B: "50% 'a'",
      C: null,
    });
    const settings = JSON.parse(formatEnvironment(change, "vscode")) as object;
    expect(settings).toMatchObject({
      "go.toolsEnvVars": { A: "http://x:1", B: "50% 'a'" },
    });
    expect(Object.keys(settings)[1]).toMatch(/^terminal\.integrated\.env\./);
  });

  it("github fences what has lines", () => {
    const text = formatEnvironment({ A: "one\ntwo" }, "github");
    const fence = /^A<<(end_[0-9a-f]{16})\n/.exec(text)?.[1];
    expect(text).toBe(`A<<${fence}\none\ntwo\n${fence}\n`);
  });

  it.each([
    ["cmd", 'a"b'],
    ["cmd", "a\nb"],
    ["docker", "a\nb"],
    ["dotenv", "a'b"],
    ["liteide", "a\nb"],
  ] as const)("%s refuses what it cannot hold: %j", (format, value) => {
    expect(() => formatEnvironment({ A: value }, format)).toThrow(GotapError);
  });

  it.each(
    ENVIRONMENT_FORMATS.filter(
      (format) => format !== "json" && format !== "vscode",
    ),
  )("%s is empty for no change", (format) => {
    expect(formatEnvironment({}, format)).toBe("");
  });
});
