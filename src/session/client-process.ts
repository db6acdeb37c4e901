/** A process of the client's side, as the system shows it. */
export interface ClientProcess {
  pid: number;
  /** Of /proc/PID/stat: with the pid it is unique. */
  startTicks: number;
  /** The executable's path or name; absent where it may not be read. */
  exe?: string;
  /** The kernel's short name of the program. */
  comm?: string;
  argv: readonly string[];
  cwd?: string;
}

/** `go1.22.0` and `gotip` are golang.org/dl's wrappers, gopls runs `go list` again and again: its children belong to it. */
const GO = /^(?:go|go1(?:\.\d+)*(?:(?:rc|beta)\d+)?|gotip|gopls)$/;
const GIT = /^git(?:-.+)?$/;

/** The program's name without folder and Windows' `.exe`; empty where nothing is known. */
export function programName(process: ClientProcess): string {
  const path = process.exe ?? process.argv[0] ?? process.comm ?? "";
  return path
    .replace(/ \(deleted\)$/, "")
    .replace(/^.*[/\\]/, "")
    .replace(/\.exe$/i, "");
}

/** Whether it is one of Go's own commands; gopls counts. */
export function isGo(process: ClientProcess): boolean {
  return GO.test(programName(process));
}

/** Whether it may live on after its work is done: anything but a go command or a git, gopls above all. */
export function isLongLived(process: ClientProcess): boolean {
  const name = programName(process);
  return name === "gopls" || !(GO.test(name) || GIT.test(name));
}

/**
 * The process that a session is about: the topmost go (of git-remote-https under git under go under make it is that go, of a go run
 * by another go, `go generate`, the other one), else the topmost git, else the client itself.
 * @param chain from the client's process to its ancestors
 * @param rootPid where the chain ends for us; absent: at its end
 * @returns undefined for an empty chain
 */
export function sessionProcess<P extends ClientProcess>(
  chain: readonly P[],
  rootPid?: number,
): P | undefined {
  const seen = upTo(chain, rootPid);
  return (
    seen.findLast(isGo) ??
    seen.findLast((process) => GIT.test(programName(process))) ??
    seen[0]
  );
}

function upTo<P extends ClientProcess>(
  chain: readonly P[],
  rootPid: number | undefined,
): readonly P[] {
  const root = chain.findIndex((process) => process.pid === rootPid);
  return root < 0 ? chain : chain.slice(0, root + 1);
}
