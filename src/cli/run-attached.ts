import { foldersOf } from "../config/folders.js";
import { controlClient } from "../control/client.js";
import { findDaemons } from "../control/find-daemons.js";
import { consoleLog } from "../daemon/console-log.js";
import { formatTraceparent } from "../daemon/traceparent.js";
import { goInsecure } from "../evidence/go-insecure.js";
import { GotapError } from "../model/failure.js";
import { bundlesBefore } from "./bundles-before.js";
import type { CliContext } from "./context.js";
import { sayPassedBy } from "./git-http-settings.js";
import { reachable } from "./listen-address.js";
import { beforeGotap } from "./previous-proxy.js";
import type { PreparedRun, RunOptions } from "./prepared-run.js";
import { chosenDaemon } from "./running-daemon.js";
import { originalEnvironment } from "./saved-environment.js";
import { gotapVersion } from "./version.js";

/**
 * A run through the running daemon.
 * @throws GotapError NO_DAEMON, SEVERAL_DAEMONS, DAEMON_VERSION
 */
export async function attachedRun(
  words: readonly string[],
  options: RunOptions,
  context: CliContext,
): Promise<PreparedRun> {
  const { env, cwd } = context;
  const { runtime } = foldersOf(env);
  const [found, before, insecure] = await Promise.all([
    findDaemons(runtime),
    beforeGotap(context, runtime),
    goInsecure({ env: originalEnvironment(env) }),
  ]);
  if (options.quiet !== true)
    sayPassedBy(
      before.git,
      consoleLog((line) => context.stderr.write(line)),
    );
  const { socketFile, status } = chosenDaemon(found, undefined);
  if (status.version !== gotapVersion())
    throw new GotapError(
      "DAEMON_VERSION",
      `the daemon with pid ${status.pid} is gotap ${status.version}, this is ${gotapVersion()}`,
      "gotap stop, then start it anew; or run without --attach",
    );
  const client = controlClient(socketFile);
  const { https, http, noProxy } = before.proxy;
  const [ticket, bundles] = await Promise.all([
    client.beginRun({
      command: [...words],
      cwd,
      pid: process.pid,
      intercept: options.intercept,
      goInsecure: insecure,
      ...(env["TRACEPARENT"] === undefined
        ? {}
        : { traceparent: env["TRACEPARENT"] }),
      ...(https === undefined && http === undefined
        ? {}
        : {
            upstream: {
              ...(https === undefined ? {} : { https }),
              ...(http === undefined ? {} : { http }),
            },
          }),
      ...(noProxy === undefined ? {} : { noProxy }),
    }),
    client.bundles(
      bundlesBefore(originalEnvironment(env), cwd, before.git.sslCaInfo),
    ),
  ]);
  return {
    runId: ticket.runId,
    token: ticket.token,
    traceparent: formatTraceparent(ticket),
    proxy: reachable(ticket.listen),
    bundles,
    stored: () => status.storeFile !== undefined,
    async end(end) {
      const { records } = await client.endRun(ticket.runId, end);
      return records;
    },
    close: async () => {},
  };
}
