import { GotapError } from "../model/failure.js";

/** What to do about an error of the store. */
export type StoreTrouble =
  /** Somebody else holds the lock: the same call may succeed later. */
  | "busy"
  /** The file is no database, or its pages contradict each other. */
  | "corrupt"
  /** This place cannot hold the store now: full, read-only, not allowed, no native module. */
  | "unusable"
  /** None of SQLite's, the file system's or the operator's: a bug. */
  | "bug";

export function troubleOf(error: unknown): StoreTrouble {
  if (error instanceof GotapError) return "unusable";
  const code = codeOf(error);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return "busy";
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return "corrupt";
  // A constraint, a range or a misuse is our own mistake and says nothing about the disk.
  if (/^SQLITE_(CONSTRAINT|MISMATCH|MISUSE|RANGE|TOOBIG)/.test(code))
    return "bug";
  return code === "" ? "bug" : "unusable";
}

/** One line for the operator, without the file's name. */
export function explainSqlite(error: unknown): string {
  if (error instanceof GotapError) return error.message;
  const code = codeOf(error);
  const known = Object.entries(EXPLAINED).find(([start]) =>
    code.startsWith(start),
  );
  const text = error instanceof Error ? error.message.split("\n")[0] : "";
  return known === undefined
    ? `${text}${code === "" ? "" : ` (${code})`}`
    : `${known[1]} (${code})`;
}

const EXPLAINED: Record<string, string> = {
  MODULE_NOT_FOUND:
    "the native module better-sqlite3 is not installed (npm rebuild better-sqlite3 needs a compiler and Python)",
  ERR_DLOPEN_FAILED:
    "the native module better-sqlite3 was built for another Node.js or system",
  SQLITE_FULL: "the disk is full",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  SQLITE_READONLY: "the file is read-only",
  EROFS: "the file system is read-only",
  SQLITE_CANTOPEN: "the file cannot be opened",
  EACCES: "no permission for the folder",
  EPERM: "no permission for the folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  SQLITE_BUSY: "another program keeps the file locked",
  SQLITE_CORRUPT: "the database is damaged",
  SQLITE_NOTADB: "the file is no database",
  SQLITE_IOERR: "the disk cannot be read or written",
};

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  // `bindings`, which better-sqlite3 loads its binary with, has its own way to say that there is none.
  if (error.message.startsWith("Could not locate the bindings file"))
    return "MODULE_NOT_FOUND";
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : "";
}
