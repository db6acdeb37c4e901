import { readFileSync, readlinkSync } from "node:fs";

/** A process as /proc shows it. With the start time it is unique: pids are used again. */
export interface ProcessInfo {
  pid: number;
  /** 0: it has no parent that can be seen. */
  ppid: number;
  /** Clock ticks since boot. */
  startTicks: number;
  /** The program's short name, at most 15 bytes. */
  comm: string;
  /** Absent where it may not be read: another user's process. */
  exe?: string;
  /** Empty for a kernel thread and for a zombie. */
  argv: string[];
  cwd?: string;
  /** The effective user. */
  uid: number;
}

/** A process, and no other that got its pid later. */
export interface ProcessKey {
  pid: number;
  startTicks: number;
}

export interface ProcessStat extends ProcessKey {
  ppid: number;
  comm: string;
  /** `R`, `S`, `D`, `Z`, …: proc(5). */
  state: string;
}

/** Longer chains are a loop made by reused pids. */
const MAX_CHAIN = 64;
const DELETED = " (deleted)";

/** @returns undefined when there is no such process (any more), or no /proc */
export function readProcess(pid: number): ProcessInfo | undefined {
  const stat = readStat(pid);
  const status = read(pid, "status");
  const cmdline = read(pid, "cmdline");
  const exe = link(pid, "exe");
  const cwd = link(pid, "cwd");
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? "")?.[1];
  if (stat === undefined || uid === undefined) return undefined;
  return {
    pid,
    ppid: stat.ppid,
    startTicks: stat.startTicks,
    comm: stat.comm,
    argv: splitZeros(cmdline ?? ""),
    uid: Number(uid),
    // go that was replaced while it ran: the name is still the right one.
    ...(exe === undefined ? {} : { exe: withoutSuffix(exe) }),
    ...(cwd === undefined ? {} : { cwd: withoutSuffix(cwd) }),
  };
}

/**
 * From the process up to init, or to `untilPid` where that is an ancestor; both ends included. Who is whose parent is read
 * first and alone: a git that go has started may be over a moment later, and its children are then init's. A process that is
 * gone by the time it is read whole is left out.
 * @returns empty when the process is gone
 */
export function processChain(pid: number, untilPid?: number): ProcessInfo[] {
  const lineage: ProcessKey[] = [];
  let next = pid;
  while (next > 0 && lineage.length < MAX_CHAIN) {
    const stat = readStat(next);
    const child = lineage.at(-1);
    // A parent that began after its child is another process under an old pid.
    if (
      stat === undefined ||
      (child !== undefined && stat.startTicks > child.startTicks)
    )
      break;
    lineage.push(stat);
    if (next === untilPid) break;
    next = stat.ppid;
  }
  const chain = lineage.map((key) => readProcess(key.pid));
  return chain.filter(
    (found, index): found is ProcessInfo =>
      found !== undefined && found.startTicks === lineage[index]?.startTicks,
  );
}

/**
 * The environment a process was started with; what it set later is not in it.
 * @returns undefined when it is gone or another user's
 */
export function readEnviron(pid: number): Record<string, string> | undefined {
  const text = read(pid, "environ");
  if (text === undefined) return undefined;
  const environ: Record<string, string> = {};
  for (const entry of splitZeros(text)) {
    const at = entry.indexOf("=");
    // The first of two equal names counts, as for getenv(3).
    if (at > 0) environ[entry.slice(0, at)] ??= entry.slice(at + 1);
  }
  return environ;
}

/** Whether this very process still runs. A zombie does not: its parent merely has not looked. False where there is no /proc. */
export function isAlive(key: ProcessKey): boolean {
  const stat = readStat(key.pid);
  return (
    stat !== undefined &&
    stat.startTicks === key.startTicks &&
    stat.state !== "Z" &&
    stat.state !== "X"
  );
}

export function readStat(pid: number): ProcessStat | undefined {
  const text = read(pid, "stat");
  return text === undefined ? undefined : parseStat(text);
}

/** proc(5) /proc/pid/stat. The name stands in parentheses and may hold spaces and parentheses of its own. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open === -1 || close < open) return undefined;
  // Field 3 (state) is the first after the name, field 22 the start time.
  const fields = text.slice(close + 2).split(" ");
  const pid = Number(text.slice(0, open));
  const ppid = Number(fields[1]);
  const startTicks = Number(fields[19]);
  if (![pid, ppid, startTicks].every(Number.isSafeInteger)) return undefined;
  const comm = text.slice(open + 1, close);
  return { pid, ppid, startTicks, comm, state: fields[0] ?? "" };
}

// /proc answers from memory, so these reads are synchronous: the way through the thread pool would cost ten times as much. Whoever
// needs many of them asks in the look-up's thread (client-lookup.ts).

function read(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

function link(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

function splitZeros(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\0$/, "").split("\0");
}

function withoutSuffix(path: string): string {
  return path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
}
