import { goInsecure } from "../evidence/go-insecure.js";
import type {
  Admission,
  ClientConnection,
  ClientRequest,
} from "../model/client.js";
import type { Log } from "../model/log.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { TargetTrust } from "../model/upstream.js";
import type { Origin } from "../model/way.js";
import { failureSentence } from "../policy/failure-sentence.js";
import { insecureHost, insecurePath } from "../policy/go-insecure.js";
import type { Program } from "../policy/program.js";
import type { GitClient, GitClients } from "./git-client.js";
import type { Identity } from "./identity.js";
import type { Checked } from "./upstream-check.js";

export interface TlsWishesOptions {
  log: Log;
  git: Pick<GitClients, "look">;
  /** Makes the connection upstream before CONNECT is answered (upstream-check.ts). */
  check(
    connection: ClientConnection,
    origin: Origin,
    trust: TargetTrust,
  ): Promise<Checked>;
}

/** Who asks to be let in. */
export interface Wisher {
  connection: ClientConnection;
  origin: Origin;
  program: Program;
  /** GOINSECURE of the run that the connection belongs to; undefined without a run. */
  runInsecure: string | undefined;
  /** Takes some milliseconds where nobody has asked yet. */
  identity(): Promise<Identity | undefined>;
  /** For the record: there will be one before its first request. */
  identify(): void;
}

const OPEN: Admission = { action: "open" };

/** What clients' own settings ask of TLS upstream: GOINSECURE and git's `http.ssl…` (SPEC §2, §4, §8). */
export class TlsWishes {
  private readonly insecure = new WeakMap<ClientConnection, string>();
  private readonly gits = new WeakMap<ClientConnection, GitClient>();

  constructor(private readonly options: TlsWishesOptions) {}

  /**
   * The last word on a CONNECT that would be opened. For go nothing waits unless GOINSECURE names the host; for git its settings
   * are read first.
   */
  async admit(wisher: Wisher): Promise<Admission> {
    if (wisher.program === "git") return this.admitGit(wisher);
    const patterns = await patternsOf(wisher);
    this.insecure.set(wisher.connection, patterns);
    const { connection, origin } = wisher;
    const pattern = insecureHost(patterns, origin.host);
    if (pattern === undefined) return OPEN;
    const trust = { insecure: true, setBy: `GOINSECURE=${pattern}` };
    wisher.identify();
    const { failure, way } = await this.options.check(
      connection,
      origin,
      trust,
    );
    if (failure === undefined) return OPEN;
    const place = { host: origin.host, way };
    return {
      action: "refuse",
      status: 502,
      text: `gotap: ${failureSentence(failure, place)}`,
    };
  }

  /**
   * What holds for the certificate of a request's own host; undefined: the rule.
   * @param goEnv go's settings of the session, as far as they are known: they count where the connection came without any
   */
  trustFor(
    request: Pick<
      ClientRequest,
      "connection" | "origin" | "protocol" | "target"
    >,
    info: RequestInfo,
    goEnv?: Readonly<Record<string, string>>,
  ): TargetTrust | undefined {
    const { connection, origin } = request;
    if (origin.scheme !== "https") return undefined;
    const git = this.gits.get(connection);
    const trust =
      git === undefined
        ? this.goTrust(request, info, goEnv)
        : git.trustFor(`${urlOf(origin)}${request.target}`);
    if (trust?.insecure === true)
      this.options.log.notice(
        `insecure ${origin.host} ${trust.setBy}`,
        `${trust.setBy}: the certificate of ${origin.host} is not verified`,
      );
    return trust;
  }

  /** Only `?go-get=1` (modfetch/repo.go), and only by go's insecure client, which speaks no HTTP/2 (web/http.go). */
  private goTrust(
    { connection, protocol }: Pick<ClientRequest, "connection" | "protocol">,
    { kind, modulePath }: RequestInfo,
    goEnv: Readonly<Record<string, string>> | undefined,
  ): TargetTrust | undefined {
    if (kind !== "go-get" || modulePath === undefined || protocol === "2")
      return undefined;
    const patterns =
      this.insecure.get(connection) || (goEnv?.["GOINSECURE"] ?? "");
    const pattern = insecurePath(patterns, modulePath);
    return pattern === undefined
      ? undefined
      : { insecure: true, setBy: `GOINSECURE=${pattern}` };
  }

  private async admitGit(wisher: Wisher): Promise<Admission> {
    const { connection, origin } = wisher;
    const client = await wisher.identity();
    if (client?.environ === undefined) return OPEN;
    const git = await this.options.git.look({
      cwd: client.process.cwd ?? "/",
      env: client.environ,
    });
    this.gits.set(connection, git);
    const certificate = git.clientCertificateAt(urlOf(origin));
    if (certificate === undefined) return OPEN;
    return {
      action: "tunnel",
      reason: `git shows ${origin.host} a certificate of its own (${certificate}), whose key is git's alone`,
    };
  }
}

async function patternsOf(wisher: Wisher): Promise<string> {
  if (wisher.runInsecure !== undefined) return wisher.runInsecure;
  const client = await wisher.identity();
  if (client?.environ === undefined) return "";
  return goInsecure({ env: client.environ, goBinary: client.process.exe });
}

function urlOf({ scheme, host, port }: Origin): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
