import { type ClientProcess, isGo, programName } from "./client-process.js";

/** Words that stand behind `go`; anything else in that place is a typing error, and perhaps no word at all. */
const GO_VERBS = words(
  "bug build clean doc env fix fmt generate get help install list mod run telemetry test tool version vet work",
);

/** The second words of `go mod` and `go work`. */
const SUBVERBS: Record<string, ReadonlySet<string>> = {
  mod: words("download edit graph init tidy vendor verify why"),
  work: words("edit init sync use vendor"),
  telemetry: words("off local on"),
};

/** `go tool pprof`: a tool's short name; a module's path could be a private one. */
const TOOL = /^[a-z][a-z0-9_-]{0,30}$/;

const GIT_VERBS = words(
  "archive clone fetch ls-remote pull push remote submodule",
);
/** Flags of git that take the next word with them. */
const GIT_FLAGS_WITH_VALUE = words(
  "-c -C --exec-path --git-dir --work-tree --namespace",
);

const MAX_NAME = 64;

/**
 * A process's command as far as it is a word of a known vocabulary: `go mod download`, `git fetch`, `gopls`. Never arguments:
 * they can hold secrets and private paths.
 */
export function commandOf(process: ClientProcess): string {
  const name = cleanName(programName(process));
  const rest = process.argv.slice(1);
  if (name === "gopls") return name;
  if (isGo(process)) return ["go", ...goVerbs(rest)].join(" ");
  if (name === "git") return ["git", ...gitVerb(rest)].join(" ");
  return name === "" ? UNKNOWN_CLIENT : name;
}

const UNKNOWN_CLIENT = "unknown client";

/** The name of a client whose process is not known: `Go-http-client` is taken for go, as it is in what we open. */
export function commandOfUserAgent(userAgent: string | undefined): string {
  const product = cleanName(userAgent?.split(/[/\s]/, 1)[0] ?? "");
  if (product === "Go-http-client") return "go";
  return product === "" ? UNKNOWN_CLIENT : product;
}

function goVerbs(rest: readonly string[]): string[] {
  // The only flag that may stand before the verb is -C DIR, in its four spellings (cmd/go/main.go).
  const flag = /^--?C(=|$)/.exec(rest[0] ?? "");
  const [verb, sub] = rest.slice(flag === null ? 0 : flag[1] === "" ? 2 : 1);
  if (verb === undefined || !GO_VERBS.has(verb)) return [];
  if (sub === undefined) return [verb];
  const isWord =
    verb === "tool" ? TOOL.test(sub) : (SUBVERBS[verb]?.has(sub) ?? false);
  return isWord ? [verb, sub] : [verb];
}

function gitVerb(rest: readonly string[]): string[] {
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (GIT_FLAGS_WITH_VALUE.has(word)) i++;
    else if (!word.startsWith("-")) return GIT_VERBS.has(word) ? [word] : [];
  }
  return [];
}

/** Programs choose their own names: no controls, no bidi marks, no length of their choice. */
function cleanName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._+-]/gu, "").slice(0, MAX_NAME);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
