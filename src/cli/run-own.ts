import { type Authority, loadAuthority } from "../../certs/authority.js";
import { isInSystemStore } from "../../certs/system-trust.js";
import { foldersOf } from "../config/folders.js";
import { loadSettings, type SettingsRequest } from "../config/load-settings.js";
import { socketFileOf } from "../control/find-daemons.js";
import { startControlServer } from "../control/server.js";
import { mergedBundles } from "../daemon/bundles.js";
import { consoleLog } from "../daemon/console-log.js";
import {
  type ControlOptions,
  controlHandlers,
} from "../daemon/control-handlers.js";
import { type Gotap, startGotap } from "../daemon/gotap.js";
import { liveSettings, viewOf } from "../daemon/live-settings.js";
import { systemClock } from "../daemon/system-clock.js";
import { formatTraceparent } from "../daemon/traceparent.js";
import { wayOutOf } from "../daemon/way-out.js";
import { goInsecure } from "../evidence/go-insecure.js";
import { type Log, SILENT } from "../model/log.js";
import { bundlesBefore } from "./bundles-before.js";
import type { CliContext } from "./context.js";
import { sayPassedBy } from "./git-http-settings.js";
import { beforeGotap, upstreamOf } from "./previous-proxy.js";
import { showProgress } from "./progress-display.js";
import type { PreparedRun, RunOptions } from "./prepared-run.js";
import { originalEnvironment } from "./saved-environment.js";
import { gotapVersion } from "./version.js";

/** A run with a proxy of its own, on a free port of this machine. */
export async function ownRun(
  words: readonly string[],
  options: RunOptions,
  context: CliContext,
): Promise<PreparedRun> {
  const { env, cwd, stderr } = context;
  const log =
    options.quiet === true ? SILENT : consoleLog((line) => stderr.write(line));
  const folders = foldersOf(env);
  const request: SettingsRequest = {
    env,
    cwd,
    ...(options.config === undefined ? {} : { configFile: options.config }),
  };
  const loaded = loadSettings(request);
  for (const notice of loaded.notices) log.warn(notice);
  const [authority, before, insecure] = await Promise.all([
    loadAuthority(folders.caDir, { log }),
    beforeGotap(context, folders.runtime),
    goInsecure({ env: originalEnvironment(env) }),
  ]);
  sayPassedBy(before.git, log);
  const wayOut = wayOutOf(upstreamOf(before), log);
  const intercept = options.intercept && (await goWouldTrust(authority, log));
  // SIGHUP is the child's; a change of a file is seen here too.
  const live = liveSettings(loaded, {
    request,
    clock: systemClock,
    log,
    unused: ["listen"],
  });
  const [gotap, bundles] = await Promise.all([
    startGotap({
      settings: viewOf(live),
      folders,
      authority,
      listen: { host: "127.0.0.1", port: 0 },
      env: originalEnvironment(env),
      wayOut,
      clock: systemClock,
      log,
    }),
    mergedBundles(
      authority,
      folders.bundlesDir,
      bundlesBefore(originalEnvironment(env), cwd, before.git.sslCaInfo),
      log,
    ),
  ]);
  const run = gotap.beginRun({
    command: [...words],
    cwd,
    pid: process.pid,
    traceparent: env["TRACEPARENT"],
    intercept,
    goInsecure: insecure,
  });
  const control = await openControl(gotap, {
    version: gotapVersion(),
    authority,
    bundlesDir: folders.bundlesDir,
    storeFile: folders.storeFile,
    socketFile: socketFileOf(folders.runtime, process.pid),
    upstreamProxy: wayOut.name,
    log,
  });
  const { runId, traceId, spanId } = run.record;
  const [address = { host: "127.0.0.1", port: 0 }] = gotap.addresses;
  return {
    runId,
    token: run.token,
    traceparent: formatTraceparent({ traceId, spanId }),
    proxy: address,
    bundles,
    ...(options.quiet === true
      ? {}
      : {
          startProgress: () =>
            showProgress(gotap.recorder, context, systemClock),
        }),
    stored: () => gotap.recorder.storeState().state === "sqlite",
    end: (end) => gotap.endRun(runId, end),
    async close() {
      live.close();
      await control.close();
      await gotap.stop(0);
    },
  };
}

/** `gotap status` and `gotap tui` find the run by its socket; a run works without, so a socket that fails costs one line. */
async function openControl(
  gotap: Gotap,
  options: Omit<ControlOptions, "gotap" | "kind" | "startedAt" | "stop"> & {
    socketFile: string;
  },
): Promise<{ close(): Promise<void> }> {
  const handlers = controlHandlers({
    ...options,
    gotap,
    kind: "run",
    startedAt: new Date(),
    stop: () => {
      // The run ends with its child: whoever wants to end it ends that.
      process.kill(process.pid, "SIGTERM");
    },
  });
  const { socketFile, version, log } = options;
  try {
    return await startControlServer({ socketFile, handlers, version });
  } catch (error) {
    log.warn(`gotap status will not see this run: ${(error as Error).message}`);
    return { close: async () => {} };
  }
}

/**
 * On Linux go reads SSL_CERT_FILE, which the run sets. Elsewhere go before 1.27 trusts the system's store alone (FACTS G13):
 * with no CA there, opening would break go.
 */
async function goWouldTrust(authority: Authority, log: Log): Promise<boolean> {
  if (process.platform !== "darwin" && process.platform !== "win32")
    return true;
  if (await isInSystemStore(authority)) return true;
  log.notice(
    "not trusted",
    "go on this system trusts the system's certificates alone, so requests are tunnelled unseen: gotap ca install",
  );
  return false;
}
