import { readGoSettings } from "../evidence/go-settings.js";
import { readEnviron } from "../evidence/process-info.js";
import type { Log } from "../model/log.js";
import type { SessionRecord } from "../model/record.js";
import { isGo, programName } from "../session/client-process.js";
import type { Identity } from "./identity.js";
import type { Run } from "./run-book.js";
import { processOf } from "./session-facts.js";

/** Asks go itself for the settings of each session, beside its requests (FACTS G18, G24). */
export class SessionSettings {
  private readonly reading = new Map<string, Promise<void>>();

  constructor(
    private readonly log: Log,
    /** The record has its `goVersion` and `goEnv`; nothing counts as known before it has resolved. */
    private readonly read: (
      record: SessionRecord,
      goroot: string | undefined,
    ) => Promise<void>,
  ) {}

  /** Resolves when a session's settings are read, or known to be unreadable; 2 s at most. Undefined: nothing is being read. */
  of(sessionId: string | undefined): Promise<void> | undefined {
    return this.reading.get(sessionId ?? "");
  }

  begin(
    record: SessionRecord,
    identity: Identity | undefined,
    run: Run | undefined,
  ): void {
    const process = processOf(identity, run);
    if (process?.exe === undefined || process.cwd === undefined) return;
    if (!isGo(process) || programName(process) === "gopls") return;
    const env =
      process.pid === identity?.process.pid
        ? identity.environ
        : readEnviron(process.pid);
    if (env === undefined) return;
    const { sessionId } = record;
    const request = { goBinary: process.exe, cwd: process.cwd, env };
    const reading = readGoSettings(request)
      .then(async (settings) => {
        if (settings.ok) {
          record.goVersion = settings.goVersion;
          record.goEnv = settings.env;
          await this.read(record, settings.goroot);
        } else
          this.log.debug(
            `the settings of session ${sessionId}: ${settings.cause}`,
          );
      })
      .finally(() => {
        this.reading.delete(sessionId);
      });
    this.reading.set(sessionId, reading);
  }
}
