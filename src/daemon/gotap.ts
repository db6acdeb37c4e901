import type { Authority } from "../../certs/authority.js";
import { ownCertificates } from "../../certs/authority.js";
import { LeafCache } from "../../certs/leaf-cache.js";
import { isInSystemStore } from "../../certs/system-trust.js";
import { loadUpstreamRoots } from "../../certs/upstream-roots.js";
import type { Folders } from "../config/folders.js";
import { startClientLookup } from "../evidence/client-lookup.js";
import { portHolder } from "../evidence/port-holder.js";
import type { ListenAddress } from "../intercept/bind.js";
import { startInterceptor } from "../intercept/interceptor.js";
import type { BodySink } from "../model/body.js";
import type { Clock } from "../model/clock.js";
import type { ClientConnection } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { Log } from "../model/log.js";
import type { ExchangeRecord } from "../model/record.js";
import type { Settings } from "../model/settings.js";
import type { TraceRecords } from "../model/trace.js";
import { type Recorder, startRecorder } from "../observe/recorder.js";
import { type FailureAnswer, failureAnswer } from "../policy/answers.js";
import { visible } from "../policy/visible-text.js";
import { forbiddenAddress } from "../policy/forbidden-address.js";
import { openOfflineAnswer } from "../offline/answer.js";
import { Relay } from "../relay/relay.js";
import { safeHeaders } from "../span/safe-headers.js";
import { createUpstream } from "../upstream/upstream.js";
import type { BreakerBoard } from "./breaker-board.js";
import { clientTls } from "./client-tls.js";
import { Doorkeeper } from "./doorkeeper.js";
import { newExchangeId } from "./ids.js";
import { type KnownBases, knownBases } from "./known-bases.js";
import {
  type Behind,
  type Places,
  planRequest,
  planTunnel,
} from "./planner.js";
import {
  type Run,
  RunBook,
  type RunEnding,
  type RunStart,
} from "./run-book.js";
import { offlineStores } from "./offline-stores.js";
import { answersSupported } from "./planner.js";
import { SumdbKeys } from "./sumdb-keys.js";
import { relayRules } from "./relay-rules.js";
import { SessionTracker } from "./session-tracker.js";
import { careForUpstreams } from "./upstream-care.js";
import type { WayOut } from "./way-out.js";

export interface GotapOptions {
  settings: Settings;
  folders: Folders;
  authority: Authority;
  listen: ListenAddress;
  /** This process's own environment: SSL_CERT_FILE and SSL_CERT_DIR count for upstream trust as for go. */
  env: NodeJS.ProcessEnv;
  /** For requests without a run, and for runs that had no proxy of their own. */
  wayOut: WayOut;
  /** For clients of other machines; undefined: loopback only. */
  remoteToken?: string | undefined;
  /** Default: the observer's thread and the store of `folders`. */
  recorder?: Recorder;
  clock: Clock;
  log: Log;
}

/** The proxy and its recording: what a daemon and a `gotap run` have in common. */
export interface Gotap {
  /** All that is bound; the first is the one to advertise. */
  addresses: readonly ListenAddress[];
  recorder: Recorder;
  sessions: SessionTracker;
  /** What the GOPROXY front serves without a run: the daemon's own GOPROXY. */
  bases: KnownBases;
  breakers: BreakerBoard;
  open(): { requests: number; tunnels: number };
  beginRun(start: RunStart): Run;
  /** Ends a run and gives back all that is known of it. Twice gives the same. @returns undefined for no run of ours */
  endRun(runId: string, end: RunEnding): Promise<TraceRecords | undefined>;
  runRecords(runId: string): Promise<TraceRecords | undefined>;
  /** Takes nothing new, lets what is open end for `graceMs`, then ends it, and stores everything. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/** For the answers of a stop to reach their clients before the sockets are closed. */
const LAST_WORDS_MS = 250;

/**
 * Starts the proxy: its ports are bound and its store is opening when this resolves.
 * @throws GotapError PORT_IN_USE and its like, TLS_CA_UNREADABLE
 */
export async function startGotap(options: GotapOptions): Promise<Gotap> {
  const { authority, clock, env, folders, log, settings, wayOut } = options;
  const own = { ports: [] as number[], addresses: [] as string[] };
  const recorder =
    options.recorder ??
    startRecorder({
      storeFile: folders.storeFile,
      maxAgeMs: settings.store.maxAgeMs,
      maxBytes: settings.store.maxBytes,
      clock,
      log,
    });
  const runs = new RunBook(clock, wayOut);
  const keys = new SumdbKeys();
  const sessions = new SessionTracker({ clock, log, recorder, keys });
  const bases = knownBases();
  const ownFingerprints = (await ownCertificates(authority.dir)).map(
    ({ fingerprint256 }) => fingerprint256,
  );
  const roots = loadUpstreamRoots({
    env,
    extraFiles: settings.tls.ca,
    ownFingerprints,
  });
  const upstream = createUpstream({
    clock,
    log,
    resolve: settings.resolve,
    roots,
    forbidden: (address, port) => forbiddenAddress(address, port, own),
  });
  const behind = (connection: ClientConnection): Behind => {
    const run = runs.get(connection.runId);
    return {
      wayOut: run?.wayOut ?? wayOut,
      bases: run?.bases ?? bases,
      facts: () => sessions.factsOf(connection),
      settled: () => sessions.settled(connection),
      trustFor: (request, info, goEnv) => wishes.trustFor(request, info, goEnv),
    };
  };
  // A run's trace is known while its client's process is still being looked for.
  const traceIdOf = (connection: ClientConnection): string =>
    runs.get(connection.runId)?.record.traceId ??
    sessions.traceIdOf(connection);
  const observe = (
    record: ExchangeRecord,
    connection: ClientConnection,
  ): void => {
    sessions.observe(record, connection);
    if (record.endedAtMs !== undefined) care.ended(record);
  };
  const wishes = clientTls({
    clock,
    log,
    upstream,
    newExchangeId,
    roots: roots.pems,
    ownFingerprints,
    wayFor: (connection, origin) => behind(connection).wayOut.wayFor(origin),
    traceIdOf,
    observe,
  });
  const care = careForUpstreams({ clock, log, settings, sessions, upstream });
  const places: Places = {
    offline: offlineStores({ settings, env, keys, log }),
    routed: (stations, info) => {
      care.routed(stations, info);
    },
  };
  const relay = new Relay({
    clock,
    log,
    upstream,
    gate: care.breakers,
    rules: relayRules({ clock, note: (info) => keys.check(info) }),
    openFile: openOfflineAnswer,
    newExchangeId,
    plan: (request) =>
      planRequest(request, settings, behind(request.connection), places),
    planTunnel: (tunnel) =>
      planTunnel(tunnel, behind(tunnel.connection).wayOut),
    traceIdOf,
    observe,
    answer: (failure, record, connection, retryAfterMs) =>
      answersSupported(record, sessions.factsOf(connection))
        ? { status: 200, text: "" }
        : answerTo(
            failure,
            record,
            runs.get(connection.runId)?.record.runId ??
              sessions.traceRefOf(record),
            retryAfterMs,
          ),
    safeHeaders,
  });
  const lookup = startClientLookup();
  const doorkeeper = new Doorkeeper({
    lookup,
    clock,
    log,
    settings,
    uid: process.getuid?.(),
    fingerprint256: authority.fingerprint256,
    systemStoreTrusts: await isInSystemStore(authority),
    remoteToken: options.remoteToken,
    wishes,
    runOf: (connection) => runs.get(connection.runId),
    fronted: (run, environ) => {
      (run?.bases ?? bases).learn(environ);
    },
    identified: (connection, run, identity) => {
      sessions.identified(connection, run, identity, (goEnv) => {
        (run?.bases ?? bases).learn(goEnv);
      });
    },
  });
  /** Nothing of another user's goes upstream; nobody waits who is known already. */
  const cleared = (
    connection: ClientConnection,
    sink: BodySink,
    serve: () => void,
  ): void => {
    const clearance = doorkeeper.clearance(connection);
    if (clearance === true) {
      serve();
      doorkeeper.identify(connection);
      return;
    }
    void Promise.resolve(clearance).then((allowed) => {
      if (allowed) {
        serve();
        doorkeeper.identify(connection);
      } else
        sink.reset({ kind: "bad-request", cause: "another user's client" });
    });
  };
  const leaves = new LeafCache(authority);
  const interceptor = await startInterceptor({
    listen: options.listen,
    clock,
    log,
    contextFor: (host) => leaves.contextFor(host),
    admit: (arrival) => doorkeeper.admit(arrival),
    onRequest: (request) => {
      cleared(request.connection, request.response.sink, () => {
        relay.request(request);
      });
    },
    onTunnel: (tunnel) => {
      cleared(tunnel.connection, tunnel.sink, () => {
        relay.tunnel(tunnel);
      });
    },
    onRefusedCertificate: (connection, origin, code) => {
      doorkeeper.refused(connection, origin, code);
    },
    onConnectionClosed: (connection) => {
      sessions.connectionClosed(connection);
    },
    front: {
      allowed: (runId, origin) =>
        (runs.get(runId)?.bases ?? bases).serve(origin),
    },
    holder: async ({ port }) => {
      const holder = portHolder(port);
      return holder === undefined
        ? undefined
        : `${visible(holder.command)}, pid ${holder.pid}`;
    },
  });
  own.ports.push(...interceptor.addresses.map(({ port }) => port));
  own.addresses.push(...interceptor.addresses.map(({ host }) => host));

  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    // The answers that end what is left come first, the sockets go a moment later.
    const closed = interceptor.close(graceMs + LAST_WORDS_MS);
    const grace = clock.after(graceMs, () => {
      relay.stop();
    });
    await closed;
    grace.cancel();
    relay.stop();
    care.close();
    await upstream.close(0);
    await doorkeeper.settled();
    lookup.close();
    sessions.close();
    await recorder.close();
  };
  return {
    addresses: interceptor.addresses,
    recorder,
    sessions,
    bases,
    breakers: care.breakers,
    open: () => relay.open(),
    beginRun(start) {
      const run = runs.begin(start);
      recorder.put(run.record);
      return run;
    },
    async endRun(runId, end) {
      await doorkeeper.settled();
      const run = runs.end(runId, end);
      if (run === undefined) return undefined;
      sessions.runEnded(run, end.childPid);
      recorder.put(run.record);
      return recorder.trace({ runId });
    },
    runRecords: (runId) => recorder.trace({ runId }),
    stop(graceMs) {
      // Asked again: what is still open has no more time.
      if (stopping !== undefined && graceMs === 0) {
        relay.stop();
        clock.after(LAST_WORDS_MS, () => void interceptor.close(0));
      }
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
}

function answerTo(
  failure: Failure,
  record: ExchangeRecord,
  traceRef: string,
  retryAfterMs: number | undefined,
): FailureAnswer {
  const tried = record.attempts.map((attempt) => {
    const { failure: why, host, source, startedAtMs, status, way } = attempt;
    return {
      host,
      way,
      tookMs: (attempt.endedAtMs ?? startedAtMs) - startedAtMs,
      ...(why === undefined ? {} : { failure: why }),
      ...(status === undefined ? {} : { status }),
      ...(source === undefined ? {} : { source }),
    };
  });
  return failureAnswer(
    failure,
    { host: record.host, info: record.request },
    tried,
    traceRef,
    retryAfterMs,
  );
}
