import { environmentHolds } from "../../certs/environment-trust.js";
import type { Admission, Arrival, ClientConnection } from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { Settings } from "../model/settings.js";
import type { Origin } from "../model/way.js";
import { decideInterception } from "../policy/interception.js";
import { type Program, programOf } from "../policy/program.js";
import {
  NO_REFUSALS,
  type RefusalMemory,
  refusedRecently,
  remember,
} from "../policy/refusal-memory.js";
import { effectiveFor } from "../policy/rules.js";
import { type Identity, identify, socketOf } from "./identity.js";
import type { Run } from "./run-book.js";

export interface DoorkeeperOptions {
  clock: Clock;
  log: Log;
  settings: Settings;
  /** The user whom a loopback client must be; undefined on systems without. */
  uid: number | undefined;
  /** Of our CA. */
  fingerprint256: string;
  systemStoreTrusts: boolean;
  /** For clients of other machines; undefined where only loopback is bound. */
  remoteToken: string | undefined;
  runOf(connection: ClientConnection): Run | undefined;
  /** Told once for each connection, with undefined where the process cannot be found. */
  identified(
    connection: ClientConnection,
    run: Run | undefined,
    identity: Identity | undefined,
  ): void;
}

/** Decides who is let in, and what is opened. */
export class Doorkeeper {
  private refusals: RefusalMemory = NO_REFUSALS;
  private readonly known = new WeakMap<
    ClientConnection,
    Promise<Identity | undefined | Refused>
  >();

  private readonly looking = new Set<Promise<unknown>>();

  constructor(private readonly options: DoorkeeperOptions) {}

  async admit(arrival: Arrival): Promise<Admission> {
    const { connection, origin, credentials } = arrival;
    if (
      !isLoopback(connection.remoteAddress) &&
      credentials?.password !== this.options.remoteToken
    )
      return {
        action: "refuse",
        status: 407,
        text: "gotap: a client of another machine needs the token that the daemon printed at its start",
      };
    const run = this.runOf(arrival);
    const identity = await this.identityOf(connection, run);
    if (identity === REFUSED)
      return {
        action: "refuse",
        status: 403,
        text: "gotap: this proxy belongs to another user of this machine: start one of your own (gotap daemon --listen 127.0.0.1:0)",
      };
    if (arrival.via !== "connect") return { action: "open" };
    return this.interception(connection, origin, run, identity);
  }

  /** Every client that has come so far is known, or known to be unknown. Looking takes some milliseconds. */
  async settled(): Promise<void> {
    await Promise.all(this.looking);
  }

  /** The client refused our certificate: what it asks of this host is tunnelled for a while. */
  refused(connection: ClientConnection, origin: Origin, code: string): void {
    const { clock, log } = this.options;
    const key = refusalKey(connection, origin);
    this.refusals = remember(this.refusals, key, clock.nowMs());
    log.notice(
      `refused ${key}`,
      `${connection.userAgent ?? "a client"} refused gotap's certificate for ${origin.host} (${code}): tunnelled for the next 10 minutes`,
    );
  }

  /** A run's id counts only with its token: the id stands in traces, which are shown around. */
  private runOf({ connection, credentials }: Arrival): Run | undefined {
    const run = this.options.runOf(connection);
    if (run === undefined) return undefined;
    if (credentials !== undefined && credentials.password !== run.token) {
      delete connection.runId;
      return undefined;
    }
    return run;
  }

  /** One look-up a connection. With a run nobody waits for it: the run says all that must be known at once. */
  private async identityOf(
    connection: ClientConnection,
    run: Run | undefined,
  ): Promise<Identity | undefined | Refused> {
    const known = this.known.get(connection);
    if (known !== undefined) return run === undefined ? known : undefined;
    const looking = this.lookUp(connection, run);
    this.known.set(connection, looking);
    this.looking.add(looking);
    void looking.finally(() => this.looking.delete(looking));
    return run === undefined ? looking : undefined;
  }

  private async lookUp(
    connection: ClientConnection,
    run: Run | undefined,
  ): Promise<Identity | undefined | Refused> {
    const socket = await socketOf(connection);
    const { uid } = this.options;
    if (
      run === undefined &&
      socket !== undefined &&
      uid !== undefined &&
      socket.uid !== uid
    )
      return REFUSED;
    const identity =
      socket === undefined
        ? undefined
        : await identify(socket, run?.record.pid);
    this.options.identified(connection, run, identity);
    return identity;
  }

  private async environmentTrusts(
    run: Run | undefined,
    program: Program,
    identity: Identity | undefined,
  ): Promise<boolean | undefined> {
    if (run !== undefined || identity?.environ === undefined) return undefined;
    if (program === "other" || program === "unknown") return undefined;
    return environmentHolds(
      {
        program: program === "git" ? "git" : "go",
        env: identity.environ,
        cwd: identity.owner.cwd ?? "/",
      },
      this.options.fingerprint256,
    );
  }

  private async interception(
    connection: ClientConnection,
    origin: Origin,
    run: Run | undefined,
    identity: Identity | undefined,
  ): Promise<Admission> {
    const { clock, settings, systemStoreTrusts, log } = this.options;
    const program = programOf(
      connection.userAgent,
      identity?.owner.exe ?? identity?.owner.comm,
    );
    const effective = effectiveFor({ host: origin.host }, settings);
    const decided = decideInterception({
      mode: run?.intercept === false ? "none" : settings.intercept,
      ...(effective.intercept === undefined
        ? {}
        : {
            rule: {
              intercept: effective.intercept,
              name: effective.setBy["intercept"] ?? "",
            },
          }),
      program,
      hasRunId: run !== undefined,
      environmentTrusts: await this.environmentTrusts(run, program, identity),
      systemStoreTrusts,
      refusedRecently: refusedRecently(
        this.refusals,
        refusalKey(connection, origin),
        clock.nowMs(),
      ),
    });
    if (decided.open) return { action: "open" };
    log.notice(
      `tunnel ${program} ${decided.reason}`,
      `${describe(program, connection)} to ${origin.host} is tunnelled: ${decided.reason}`,
    );
    return { action: "tunnel", reason: decided.reason };
  }
}

const REFUSED = Symbol("another user's");
type Refused = typeof REFUSED;

function refusalKey(
  { runId, userAgent }: ClientConnection,
  { host }: Origin,
): string {
  return `${runId ?? ""} ${userAgent ?? ""} ${host}`;
}

function describe(program: Program, { userAgent }: ClientConnection): string {
  return program === "other" || program === "unknown"
    ? (userAgent ?? "a client")
    : program;
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(address);
}
