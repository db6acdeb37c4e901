import { classify } from "../classify/classify.js";
import type { ExchangeTerms, SilenceLimits } from "../exchange/terms.js";
import type { ClientRequest, ClientTunnel } from "../model/client.js";
import { headerValue } from "../model/headers.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings, Timeouts } from "../model/settings.js";
import type { Source, Station } from "../model/source.js";
import type { TargetTrust, UpstreamTarget } from "../model/upstream.js";
import { hasCredentials } from "../policy/borrowed-request.js";
import { attemptLimits } from "../policy/deadlines.js";
import { withGoproxyEnvironment } from "../policy/goproxy-environment.js";
import { type EffectiveSettings, effectiveFor } from "../policy/rules.js";
import { mayAnswerSupported } from "../policy/sources.js";
import { routingSettings, stationsFor } from "../policy/stations.js";
import type { Plan, Route } from "../relay/options.js";
import { behindFront, type KnownBases } from "./known-bases.js";
import type { OfflineStores } from "./offline-stores.js";
import type { SessionFacts } from "./session-facts.js";
import type { WayOut } from "./way-out.js";

/** What the planner must know of a connection. */
export interface Behind {
  wayOut: WayOut;
  bases: KnownBases;
  /** Of its session, as far as it is known now. */
  facts(): SessionFacts;
  /** Resolves when `facts` says all there is; undefined: it does. */
  settled(): Promise<void> | undefined;
  /** What its client asks of the certificate of the request's own host. */
  trustFor(
    request: ClientRequest,
    info: RequestInfo,
    goEnv: Readonly<Record<string, string>> | undefined,
  ): TargetTrust | undefined;
}

/** What is the same for every request. */
export interface Places {
  offline: OfflineStores;
  /** All stations of a request are known. */
  routed(stations: readonly Station[], info: RequestInfo): void;
}

/**
 * Everything that holds for a request before its first attempt, and what its session's settings add as soon as they are known:
 * its kind, its limits, and the sources and ways that it may use.
 * @returns a promise where `[offline] when = "always"` has to look first
 */
export function planRequest(
  request: ClientRequest,
  settings: Settings,
  behind: Behind,
  places: Places,
): Plan | Promise<Plan> {
  const plan = new RequestPlan(request, heldSettings(settings), behind, places);
  return settings.offline.when === "always" && plan.isGos
    ? plan.ask().then(() => plan)
    : plan;
}

type HeldSettings = Pick<
  Settings,
  "mirrors" | "offline" | "retry" | "rules" | "timeouts" | "upstreams"
>;

/** As they are now: a request goes by one set of rules, whatever is reloaded meanwhile. */
function heldSettings(settings: Settings): HeldSettings {
  const { mirrors, offline, retry, rules, timeouts, upstreams } = settings;
  return { mirrors, offline, retry, rules, timeouts, upstreams };
}

class RequestPlan implements Plan {
  readonly info: RequestInfo;
  readonly pinnedTo?: number;
  /** For the other kinds nothing is retried, and nothing limits them (SPEC §2). */
  readonly isGos: boolean;
  private stored: Source[] | undefined;
  private final: Route | undefined;

  constructor(
    private readonly request: ClientRequest,
    private readonly settings: HeldSettings,
    private readonly behind: Behind,
    private readonly places: Places,
  ) {
    const { connection, headers, method, origin, target } = request;
    this.info = classify({
      method,
      scheme: origin.scheme,
      host: origin.host,
      port: origin.port,
      target,
      bases: behind.bases.bases,
    });
    this.isGos = this.info.kind !== "other";
    // NTLM and Negotiate authenticate a connection, not a request (RFC 4559 §6): it must be nobody else's.
    if (
      /^(?:ntlm|negotiate)\b/i.test(headerValue(headers, "authorization") ?? "")
    )
      this.pinnedTo = connection.id;
    if (settings.offline.when === "never") this.stored = [];
  }

  get known(): Promise<void> | undefined {
    return this.isGos ? this.behind.settled() : undefined;
  }

  get mayBorrow(): boolean {
    const { stations, stationsKnown } = this.route().terms;
    // As long as it is not known, the chain may hold a `|`.
    return (
      this.isGos &&
      (!stationsKnown || stations.some(({ source }) => source > 0))
    );
  }

  async ask(): Promise<void> {
    await this.known;
    this.stored ??= await this.places.offline.find(
      this.info,
      this.request.target,
    );
  }

  route(): Route {
    if (this.final !== undefined) return this.final;
    const isSettled = !this.isGos || this.behind.settled() === undefined;
    const facts = this.behind.facts();
    const effective = this.effective(facts);
    const stations = this.stations(isSettled ? facts : undefined);
    const stationsKnown =
      !this.isGos || (isSettled && this.stored !== undefined);
    const route = this.routeOf(effective, stations, stationsKnown);
    if (!stationsKnown) return route;
    this.final = route;
    if (this.isGos) this.places.routed(stations, this.info);
    return route;
  }

  /** @param facts undefined: not known yet */
  private stations(facts: SessionFacts | undefined): Station[] {
    const { behind, info, request, settings, stored = [] } = this;
    const { headers, hostHeader, method, origin, target } = request;
    return stationsFor(
      {
        info,
        origin,
        target,
        hostHeader,
        hasCredentials: hasCredentials(headers),
        repeatable: isRepeatable(method),
      },
      {
        session: routingSettings(facts?.goEnv),
        mirrors: settings.mirrors,
        behindFront,
        settings,
        wayFor: (to) => behind.wayOut.wayFor(to),
        stored,
        trust: behind.trustFor(request, info, facts?.goEnv),
      },
    );
  }

  private effective({ command, goEnv }: SessionFacts): EffectiveSettings {
    const { info, request, settings } = this;
    const effective = effectiveFor(
      {
        kind: info.kind,
        host: request.origin.host,
        ...(info.modulePath === undefined
          ? {}
          : { modulePath: info.modulePath }),
        ...(command === undefined ? {} : { sessionCommand: command }),
      },
      settings,
    );
    return withGoproxyEnvironment(effective, info.kind, goEnv);
  }

  private routeOf(
    { retry, setBy, timeouts }: EffectiveSettings,
    stations: readonly Station[],
    stationsKnown: boolean,
  ): Route {
    const limits = (lastTry: boolean): Timeouts =>
      attemptLimits({ kind: this.info.kind, timeouts, setBy, lastTry });
    const usual = limits(false);
    const all = stations.map(({ source }) => source);
    // The own one is 0 also where what this machine has comes first.
    const own = all.filter(({ role }) => role === "own");
    const sources = [...new Set([...own, ...all])];
    const terms: ExchangeTerms = {
      limits: silence(usual),
      patience: silence(limits(true)),
      totalMs: usual.totalMs,
      repeatable: isRepeatable(this.request.method),
      attempts: this.isGos ? retry.attempts : 1,
      stations: stations.map(({ source }) => ({
        source: sources.indexOf(source),
      })),
      stationsKnown,
    };
    return { stations, terms, dial: usual, retry };
  }
}

/** RFC 9110 §9.2.2; gotap repeats no other method. */
function isRepeatable(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function silence({ bodyIdleMs, firstByteMs }: Timeouts): SilenceLimits {
  return { firstByteMs, bodyIdleMs };
}

const NO_LIMITS = { dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 };

/** Limits never apply to a tunnel (SPEC §2): the program at its end has its own. */
export function planTunnel(
  tunnel: ClientTunnel,
  wayOut: WayOut,
): UpstreamTarget {
  return {
    origin: tunnel.origin,
    way: wayOut.wayFor(tunnel.origin),
    limits: NO_LIMITS,
  };
}

/**
 * Whether gotap may say itself that a proxy serves the checksum database: none did, and go may ask the database directly, which
 * answers the look-ups that follow (FACTS G5).
 */
export function answersSupported(
  { host, port, request, scheme, target }: ExchangeRecord,
  { goEnv }: SessionFacts,
): boolean {
  return (
    request.kind === "sumdb-supported" &&
    mayAnswerSupported(
      {
        info: request,
        origin: { scheme, host, port },
        target,
        hostHeader: host,
        hasCredentials: false,
        repeatable: true,
      },
      { session: goEnv && routingSettings(goEnv), behindFront },
    )
  );
}
