import type { ClientLookup } from "../evidence/client-lookup.js";
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
import { type Identity, Look } from "./identity.js";
import type { Run } from "./run-book.js";
import type { TlsWishes } from "./tls-wishes.js";

export interface DoorkeeperOptions {
  clock: Clock;
  log: Log;
  settings: Settings;
  lookup: ClientLookup;
  /** The user whom a loopback client must be; undefined on systems without. */
  uid: number | undefined;
  /** Of our CA. */
  fingerprint256: string;
  systemStoreTrusts: boolean;
  /** For clients of other machines; undefined where only loopback is bound. */
  remoteToken: string | undefined;
  wishes: Pick<TlsWishes, "admit">;
  runOf(connection: ClientConnection): Run | undefined;
  /** The environment of a client that came to the GOPROXY front: its GOPROXY says what the front may serve. */
  fronted(
    run: Run | undefined,
    environ: Readonly<Record<string, string>>,
  ): void;
  /** Told once for each connection, with undefined where the process cannot be found. */
  identified(
    connection: ClientConnection,
    run: Run | undefined,
    identity: Identity | undefined,
  ): void;
}

/** One connection at the door. */
interface Visitor {
  look: Look;
  run: Run | undefined;
  identifying: boolean;
  /** Undefined while the kernel was not asked yet whose socket it is. */
  allowed?: boolean;
  clearance: Promise<boolean>;
}

const FOREIGN: Admission & { action: "refuse" } = {
  action: "refuse",
  status: 403,
  text: "gotap: this proxy belongs to another user of this machine: start one of your own (gotap daemon --listen 127.0.0.1:0)",
};
const NO_TOKEN: Admission = {
  action: "refuse",
  status: 407,
  text: "gotap: a client of another machine needs the token that the daemon printed at its start",
};

/** Decides who is let in, and what is opened. */
export class Doorkeeper {
  private refusals: RefusalMemory = NO_REFUSALS;
  private readonly visitors = new WeakMap<ClientConnection, Visitor>();
  private readonly looking = new Set<Promise<unknown>>();

  constructor(private readonly options: DoorkeeperOptions) {}

  async admit(arrival: Arrival): Promise<Admission> {
    const { connection, origin, credentials, via } = arrival;
    const { remoteToken, settings } = this.options;
    if (
      !isLoopback(connection.remoteAddress) &&
      (remoteToken === undefined || credentials?.password !== remoteToken)
    )
      return NO_TOKEN;
    const run = this.runOf(arrival);
    const vouched = run !== undefined && credentials !== undefined;
    const visitor = this.visitor(connection, run, vouched);
    if (via !== "connect") {
      if (!(await visitor.clearance)) return FOREIGN;
      if (via === "front") {
        const client = await visitor.look.identity();
        if (client?.environ !== undefined)
          this.options.fronted(run, client.environ);
      }
      return { action: "open" };
    }
    // What is decided without knowing the process is not kept waiting: `clearance` still stands before the first request.
    const mayNotWait = run !== undefined || settings.intercept !== "go";
    if (!mayNotWait && !(await visitor.clearance)) return FOREIGN;
    const client = mayNotWait ? undefined : await visitor.look.identity();
    const decided = await this.interception(connection, origin, run, client);
    if (decided.action !== "open") return decided;
    return this.options.wishes.admit({
      connection,
      origin,
      program: programBehind(connection, client),
      runInsecure: mayNotWait ? (run?.goInsecure ?? "") : undefined,
      identity: () => visitor.look.identity(),
      identify: () => {
        this.identify(connection);
      },
    });
  }

  /**
   * Whether a connection may be served: on Linux a loopback client must be this very user, or carry a run's token (SPEC §8).
   * @returns a promise where the kernel has not answered yet
   */
  clearance(connection: ClientConnection): boolean | Promise<boolean> {
    const visitor = this.visitors.get(connection);
    if (visitor === undefined) return false;
    return visitor.allowed ?? visitor.clearance;
  }

  /**
   * Finds out whose connection it is, for the record, once. Called with its first request: the client waits for the answer
   * then, so it is still there, and a connection that asks for nothing costs nothing.
   */
  identify(connection: ClientConnection): void {
    const visitor = this.visitors.get(connection);
    if (visitor === undefined || visitor.identifying) return;
    visitor.identifying = true;
    const identified = visitor.look.identity().then((identity) => {
      this.options.identified(connection, visitor.run, identity);
    });
    this.looking.add(identified);
    void identified.finally(() => this.looking.delete(identified));
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

  /** One look a connection. */
  private visitor(
    connection: ClientConnection,
    run: Run | undefined,
    vouched: boolean,
  ): Visitor {
    const known = this.visitors.get(connection);
    if (known !== undefined) return known;
    const look = new Look(this.options.lookup, connection, run?.record.pid);
    const visitor: Visitor = {
      look,
      run,
      identifying: false,
      clearance: vouched
        ? Promise.resolve(true)
        : look.uid().then((uid) => {
            visitor.allowed =
              uid === undefined ||
              this.options.uid === undefined ||
              uid === this.options.uid;
            return visitor.allowed;
          }),
    };
    if (vouched) {
      visitor.allowed = true;
      // Nobody waits for it, but a short command's socket may be gone when its request has come.
      void look.uid();
    }
    this.visitors.set(connection, visitor);
    return visitor;
  }

  private async environmentTrusts(
    run: Run | undefined,
    program: Program,
    client: Identity | undefined,
  ): Promise<boolean | undefined> {
    if (run !== undefined || client?.environ === undefined) return undefined;
    if (program === "other" || program === "unknown") return undefined;
    return environmentHolds(
      {
        program: program === "git" ? "git" : "go",
        env: client.environ,
        cwd: client.process.cwd ?? "/",
      },
      this.options.fingerprint256,
    );
  }

  private async interception(
    connection: ClientConnection,
    origin: Origin,
    run: Run | undefined,
    client: Identity | undefined,
  ): Promise<Admission> {
    const { clock, settings, systemStoreTrusts, log } = this.options;
    const program = programBehind(connection, client);
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
      environmentTrusts: await this.environmentTrusts(run, program, client),
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

function programBehind(
  { userAgent }: ClientConnection,
  client: Identity | undefined,
): Program {
  return programOf(userAgent, client?.process.exe ?? client?.process.comm);
}

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
