import type { Failure } from "../model/failure.js";
import type { PhaseTime } from "../model/phase-time.js";
import type {
  AttemptRecord,
  DialRecord,
  ExchangeRecord,
  ObserverRecord,
  RunRecord,
  SessionRecord,
  StateChange,
} from "../model/record.js";
import { redactArgv, redactSetting } from "./redact-argv.js";
import { redactHeaders } from "./safe-headers.js";
import { redactHome, redactTarget, redactText } from "./redact-text.js";

/**
 * The record without credentials (SPEC §8), to be called before anything is stored, logged, shown or exported: userinfo, signed
 * and secret query values, header fields, command-line arguments, go settings and what a failure's cause quotes.
 * @returns the very same object where nothing had to go, which is nearly always
 */
export function redactRecord(record: ObserverRecord): ObserverRecord {
  switch (record.type) {
    case "exchange":
      return redactExchange(record);
    case "session":
      return redactSession(record);
    case "run":
      return redactRun(record);
  }
}

/** `record` with `changes` put over it; the record itself where each of them is what stands there already. */
function withChanges<T extends object>(record: T, changes: Partial<T>): T {
  for (const key of Object.keys(changes) as (keyof T)[])
    if (changes[key] !== record[key]) return { ...record, ...changes };
  return record;
}

function redactRun(run: RunRecord): RunRecord {
  return withChanges(run, {
    command: redactArgv(run.command),
    cwd: redactText(run.cwd),
  });
}

function redactSession(session: SessionRecord): SessionRecord {
  const words = session.command.split(" ");
  const clean = redactArgv(words);
  const changes: Partial<SessionRecord> = {
    command: clean === words ? session.command : clean.join(" "),
  };
  if (session.cwd !== undefined) changes.cwd = redactText(session.cwd);
  if (session.goEnv !== undefined) {
    const goEnv: Record<string, string> = {};
    for (const [name, value] of Object.entries(session.goEnv))
      goEnv[name] = redactSetting(name, value);
    changes.goEnv = withChanges(session.goEnv, goEnv);
  }
  if (session.changes !== undefined)
    changes.changes = redactEach(session.changes, redactChange);
  return withChanges(session, changes);
}

function redactChange(change: StateChange): StateChange {
  const changes: Partial<StateChange> = { name: redactText(change.name) };
  if (change.cause !== undefined) changes.cause = redactText(change.cause);
  return withChanges(change, changes);
}

function redactExchange(exchange: ExchangeRecord): ExchangeRecord {
  const changes: Partial<ExchangeRecord> = {
    target: redactTarget(exchange.target),
    request: redactRequest(exchange.request),
    attempts: redactEach(exchange.attempts, redactAttempt),
  };
  if (exchange.failure !== undefined)
    changes.failure = redactFailure(exchange.failure);
  if (exchange.responseHeaders !== undefined)
    changes.responseHeaders = redactHeaders(exchange.responseHeaders);
  if (exchange.tunnelReason !== undefined)
    changes.tunnelReason = redactText(exchange.tunnelReason);
  return withChanges(exchange, changes);
}

function redactRequest(
  request: ExchangeRecord["request"],
): ExchangeRecord["request"] {
  const changes: Partial<ExchangeRecord["request"]> = {
    template: redactTarget(request.template),
  };
  if (request.modulePath !== undefined)
    changes.modulePath = redactTarget(request.modulePath);
  if (request.moduleVersion !== undefined)
    changes.moduleVersion = redactTarget(request.moduleVersion);
  if (request.sumdbTile !== undefined)
    changes.sumdbTile = redactTarget(request.sumdbTile);
  return withChanges(request, changes);
}

function redactAttempt(attempt: AttemptRecord): AttemptRecord {
  const changes: Partial<AttemptRecord> = {};
  const isStored = attempt.source === "offline";
  if (attempt.target !== undefined)
    changes.target = redactTarget(
      isStored ? redactHome(attempt.target) : attempt.target,
    );
  if (attempt.failure !== undefined) {
    const failure = redactFailure(attempt.failure);
    changes.failure =
      isStored && failure.cause !== undefined
        ? withChanges(failure, { cause: redactHome(failure.cause) })
        : failure;
  }
  if (attempt.dial !== undefined) changes.dial = redactDial(attempt.dial);
  for (const phase of ["queue", "send", "wait", "receive"] as const) {
    const time = attempt[phase];
    if (time !== undefined) changes[phase] = redactTime(time);
  }
  return withChanges(attempt, changes);
}

function redactDial(dial: DialRecord): DialRecord {
  const changes: Partial<DialRecord> = {
    connects: redactEach(dial.connects, redactTime),
  };
  if (dial.dns !== undefined) changes.dns = redactTime(dial.dns);
  if (dial.tls !== undefined) changes.tls = redactTime(dial.tls);
  if (dial.proxy !== undefined)
    changes.proxy = withChanges(redactTime(dial.proxy), {
      address: redactText(dial.proxy.address),
    });
  return withChanges(dial, changes);
}

function redactTime<T extends PhaseTime>(time: T): T {
  if (time.failure === undefined) return time;
  const failure = redactFailure(time.failure);
  return failure === time.failure ? time : { ...time, failure };
}

function redactFailure(failure: Failure): Failure {
  if (failure.cause === undefined) return failure;
  return withChanges(failure, { cause: redactText(failure.cause) });
}

function redactEach<T>(list: T[], redact: (item: T) => T): T[] {
  let changed = false;
  const clean = list.map((item) => {
    const redacted = redact(item);
    if (redacted !== item) changed = true;
    return redacted;
  });
  return changed ? clean : list;
}
