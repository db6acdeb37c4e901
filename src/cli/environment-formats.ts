import { randomBytes } from "node:crypto";

import { GotapError } from "../model/failure.js";
import type { EnvironmentChange } from "./saved-environment.js";

export const ENVIRONMENT_FORMATS = [
  "sh",
  "fish",
  "powershell",
  "cmd",
  "dotenv",
  "json",
  "liteide",
  "vscode",
  "docker",
  "github",
] as const;

export type EnvironmentFormat = (typeof ENVIRONMENT_FORMATS)[number];

/** Those that a later `gotap env --unset` can read back: the others are files that somebody else reads. */
export function remembersPrevious(format: EnvironmentFormat): boolean {
  return ["sh", "fish", "powershell", "cmd", "github"].includes(format);
}

/**
 * The text that makes the change where it is pasted, evaluated or written to a file: every value arrives byte for byte.
 * @throws GotapError ENV_FORMAT for a value that the format cannot hold
 */
export function formatEnvironment(
  change: EnvironmentChange,
  format: EnvironmentFormat,
): string {
  if (format === "json") return `${JSON.stringify(orNull(change), null, 2)}\n`;
  if (format === "vscode") return vscode(change);
  const lines = Object.entries(change).flatMap(([name, value]) => {
    const line =
      value === undefined ? UNSET[format](name) : SET[format](name, value);
    return line === undefined ? [] : [line];
  });
  return lines
    .map((line) => `${line}${format === "cmd" ? "\r\n" : "\n"}`)
    .join("");
}

type LineFormat = Exclude<EnvironmentFormat, "json" | "vscode">;

const SET: Record<LineFormat, (name: string, value: string) => string> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  fish: (name, value) =>
    `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`,
  // PowerShell takes typographic quotes for quotes; each is doubled by itself (about_Quoting_Rules).
  powershell: (name, value) =>
    `$env:${name} = '${value.replaceAll(/['\u2018-\u201B]/g, "$&$&")}'`,
  cmd: (name, value) =>
    `set "${name}=${without(/["\r\n]/, value, name, "cmd").replaceAll("%", "%%")}"`,
  dotenv,
  // QProcessEnvironment lines: no quotes, and $NAME is replaced by what NAME has (LiteIDE, envmanager.cpp).
  liteide: (name, value) =>
    `${name}=${without(process.platform === "win32" ? /%\w+%|[\r\n]/ : /\$\w|[\r\n]/, value, name, "liteide")}`,
  // The value is all that follows the sign, quotes too (docker run --env-file).
  docker: (name, value) =>
    `${name}=${without(/[\r\n]/, value, name, "docker")}`,
  github,
};

const UNSET: Record<LineFormat, (name: string) => string | undefined> = {
  sh: (name) => `unset ${name}`,
  fish: (name) => `set -e ${name}`,
  powershell: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  cmd: (name) => `set "${name}="`,
  dotenv: () => undefined, // A file that does not name it.
  liteide: () => undefined,
  docker: () => undefined,
  github: (name) => `${name}=`, // A step cannot unset a variable for the later ones, only empty it.
};

/** Node's, docker compose's and the dotenv packages agree on single quotes; nothing is replaced inside of them. */
function dotenv(name: string, value: string): string {
  if (/^[\w./:@,+-]*$/.test(value)) return `${name}=${value}`;
  return `${name}='${without(/['\r\n]/, value, name, "dotenv")}'`;
}

/** For $GITHUB_ENV. */
function github(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}`;
  const fence = `end_${randomBytes(8).toString("hex")}`;
  return `${name}<<${fence}\n${value}\n${fence}`;
}

/** For settings.json: what gopls and go commands get, and what new terminals get. */
function vscode(change: EnvironmentChange): string {
  const variables = orNull(change);
  const tools = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== null),
  );
  const systems = { win32: "windows", darwin: "osx" } as Record<string, string>;
  const system = systems[process.platform] ?? "linux";
  const settings = {
    "go.toolsEnvVars": tools,
    [`terminal.integrated.env.${system}`]: variables,
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

function orNull(change: EnvironmentChange): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(change).map(([name, value]) => [name, value ?? null]),
  );
}

function without(
  impossible: RegExp,
  value: string,
  name: string,
  format: string,
): string {
  if (!impossible.test(value)) return value;
  throw new GotapError(
    "ENV_FORMAT",
    `the format ${format} cannot hold the value of ${name}: it has quotes, line ends or names of variables in it`,
    "use another --format: json holds everything",
  );
}
