import { loadAuthority } from "../../certs/authority.js";
import { refreshBundles } from "../../certs/trust-bundle.js";
import { foldersOf } from "../config/folders.js";
import { loadSettings, type SettingsRequest } from "../config/load-settings.js";
import {
  type DaemonInfo,
  findDaemons,
  socketFileOf,
} from "../control/find-daemons.js";
import { startControlServer } from "../control/server.js";
import { consoleLog } from "../daemon/console-log.js";
import { controlHandlers, listenTexts } from "../daemon/control-handlers.js";
import { type Gotap, startGotap } from "../daemon/gotap.js";
import { newTraceId } from "../daemon/ids.js";
import { liveSettings, viewOf } from "../daemon/live-settings.js";
import { systemClock } from "../daemon/system-clock.js";
import { wayOutOf } from "../daemon/way-out.js";
import { readGoSettings } from "../evidence/go-settings.js";
import { GotapError } from "../model/failure.js";
import type { Settings } from "../model/settings.js";
import { surviveBugs } from "./bugs.js";
import type { CliContext } from "./context.js";
import { onHangUp } from "./hang-up.js";
import { beforeGotap, upstreamOf } from "./previous-proxy.js";
import { originalEnvironment } from "./saved-environment.js";
import { gotapVersion } from "./version.js";

export interface DaemonOptions {
  listen?: string;
  config?: string;
  intercept?: string;
  detach?: true;
  allowRemote?: true;
}

const DRAIN_MS = 10_000;

/** The daemon in the foreground: returns when it has stopped. */
export async function runDaemon(
  options: DaemonOptions,
  context: CliContext,
): Promise<void> {
  const { env, cwd, stderr, stdout } = context;
  const log = consoleLog((line) => stderr.write(line), {
    timestamps: !stderr.isTTY,
  });
  const folders = foldersOf(env);
  const request: SettingsRequest = {
    env,
    cwd,
    flags: { listen: options.listen, intercept: options.intercept },
    ...(options.config === undefined ? {} : { configFile: options.config }),
  };
  const loaded = loadSettings(request);
  const { settings } = loaded;
  for (const notice of loaded.notices) log.warn(notice);
  const remoteToken = remoteTokenFor(settings, options);
  const [authority, before] = await Promise.all([
    loadAuthority(folders.caDir, { log }),
    beforeGotap(context, folders.runtime, settings.listen),
  ]);
  const wayOut = wayOutOf(upstreamOf(before), log);
  const live = liveSettings(loaded, { request, clock: systemClock, log });
  const gotap = await startGotap({
    settings: viewOf(live),
    folders,
    authority,
    listen: settings.listen,
    env: originalEnvironment(env),
    wayOut,
    remoteToken,
    clock: systemClock,
    log,
  }).catch(async (error: unknown) => {
    throw withDaemonNamed(error, settings, await findDaemons(folders.runtime));
  });
  const stopped = stopOnce(gotap);
  onHangUp(context, {
    reload: () => {
      live.reload();
    },
    terminalGone: () => {
      stopped.stop(DRAIN_MS);
    },
  });
  const control = await startControlServer({
    socketFile: socketFileOf(folders.runtime, process.pid),
    version: gotapVersion(),
    handlers: controlHandlers({
      gotap,
      kind: "daemon",
      version: gotapVersion(),
      authority,
      bundlesDir: folders.bundlesDir,
      storeFile: folders.storeFile,
      upstreamProxy: wayOut.name,
      startedAt: new Date(),
      log,
      stop: (timeoutMs) => {
        stopped.stop(timeoutMs);
      },
    }),
  }).catch((error: unknown) => {
    log.error(
      `gotap env, status and stop will not find this daemon: ${(error as Error).message}`,
    );
    return undefined;
  });
  const { detail } = await gotap.recorder.opened;
  stdout.write(
    readyLine({
      listen: listenTexts(gotap)[0] ?? "",
      caFile: authority.certFile,
      store: detail ?? folders.storeFile,
      remoteToken,
    }),
  );
  surviveBugs(stderr);
  void learnOwnProxies(gotap, context);
  void refreshBundles(authority, folders.bundlesDir).catch((error: unknown) => {
    log.warn(`the trust bundles were not brought up to date: ${String(error)}`);
  });
  await stopped.done;
  live.close();
  await control?.close();
}

/** Where the port is another daemon's: which, and what to type. */
function withDaemonNamed(
  error: unknown,
  { listen: { host, port } }: Settings,
  daemons: readonly DaemonInfo[],
): unknown {
  if (!(error instanceof GotapError) || error.code !== "PORT_IN_USE")
    return error;
  const there = daemons.find(({ status }) =>
    status?.listen.some((address) => address.endsWith(`:${port}`)),
  );
  if (there === undefined) return error;
  return new GotapError(
    error.code,
    `a gotap ${there.status?.kind ?? "daemon"} (pid ${there.pid}) listens on port ${port} of ${host} already`,
    `use that one: eval "$(gotap env)"; end it: gotap stop; one more: gotap daemon --listen ${host}:0`,
    error.exitCode,
    { cause: error },
  );
}

/** One line, so that a supervisor and a person read the same. */
function readyLine(ready: {
  listen: string;
  caFile: string;
  store: string;
  remoteToken: string | undefined;
}): string {
  const token =
    ready.remoteToken === undefined ? "" : ` · token ${ready.remoteToken}`;
  return `gotap: ready on ${ready.listen} · CA ${ready.caFile} · store ${ready.store}${token} · use it: eval "$(gotap env)"\n`;
}

/** SIGTERM, Ctrl-C or `gotap stop`: drain; once more: now. */
function stopOnce(gotap: Gotap): {
  stop(graceMs: number): void;
  done: Promise<void>;
} {
  let asked = false;
  let resolveDone: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    resolveDone = resolve;
  });
  const stop = (graceMs: number): void => {
    void gotap.stop(asked ? 0 : graceMs).then(resolveDone);
    asked = true;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      stop(DRAIN_MS);
    });
  return { stop, done };
}

/**
 * @returns the token that clients of other machines need; undefined where only this machine reaches the address
 * @throws GotapError LISTEN_REMOTE
 */
function remoteTokenFor(
  { listen }: Settings,
  options: DaemonOptions,
): string | undefined {
  if (/^127\.|^::1$|^localhost$/.test(listen.host)) return undefined;
  if (options.allowRemote === true) return newTraceId();
  throw new GotapError(
    "LISTEN_REMOTE",
    `${listen.host} can be reached by other machines, and whoever reaches gotap sees and uses what you do`,
    "listen on 127.0.0.1, or add --allow-remote: clients then need the token that it prints",
    2,
  );
}

/** The GOPROXY front serves, without a run, what this daemon's own go is set to. */
async function learnOwnProxies(
  gotap: Gotap,
  { env, cwd }: CliContext,
): Promise<void> {
  const settings = await readGoSettings({ goBinary: "go", cwd, env });
  if (settings.ok) gotap.bases.learn(settings.env);
}
