import { readFileSync } from "node:fs";

import type { Db } from "./sqlite-driver.js";

/** A process that no other one can be taken for: pids come again, a pid with its start and boot does not. */
interface WriterIdentity {
  pid: number;
  /** Clock ticks from boot to its start; null where the system does not say (not Linux). */
  startTicks: number | null;
  bootId: string | null;
}

/** @returns the id under which what this process writes is known; more than one in a process is fine */
export function registerWriter(db: Db): number {
  const { pid, startTicks, bootId } = identityOf(process.pid);
  const inserted = db
    .prepare("INSERT INTO writers (pid, start_ticks, boot_id) VALUES (?, ?, ?)")
    .run(pid, startTicks, bootId);
  return Number(inserted.lastInsertRowid);
}

export function unregisterWriter(db: Db, writer: number): void {
  db.prepare("DELETE FROM writers WHERE id = ?").run(writer);
}

interface WriterRow {
  id: number;
  pid: number;
  start_ticks: number | null;
  boot_id: string | null;
}

/** The writers that are known and still run; all else that is open in the store is lost. */
export function liveWriters(db: Db): number[] {
  return db
    .prepare<[], WriterRow>("SELECT * FROM writers")
    .all()
    .filter((row) =>
      isAlive({
        pid: row.pid,
        startTicks: row.start_ticks,
        bootId: row.boot_id,
      }),
    )
    .map((row) => row.id);
}

function isAlive(writer: WriterIdentity): boolean {
  const now = identityOf(writer.pid);
  if (writer.bootId !== now.bootId) return false;
  if (writer.bootId !== null && writer.startTicks !== null)
    return writer.startTicks === now.startTicks;
  try {
    process.kill(writer.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function identityOf(pid: number): WriterIdentity {
  return { pid, startTicks: startTicksOf(pid), bootId: bootId() };
}

function bootId(): string | null {
  return textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

/** Field 22 of proc_pid_stat(5). The second one, the program's name in brackets, may hold blanks and brackets itself. */
function startTicksOf(pid: number): number | null {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[22 - 3]);
  return Number.isSafeInteger(ticks) ? ticks : null;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
