import { findDaemons } from "../control/find-daemons.js";
import type { CliContext } from "./context.js";
import {
  type ProxyBefore,
  upstreamFromEnvironment,
} from "./environment-upstream.js";
import { type GitHttpSettings, gitHttpSettings } from "./git-http-settings.js";

export interface Before {
  /** The proxy that was set, in the environment or for git: what becomes the upstream. */
  proxy: ProxyBefore;
  git: GitHttpSettings;
  /** `host:port` of that daemon's own upstream, where a running daemon was all that was set. */
  behindDaemon?: string;
}

/** For a proxy of our own: gotap's address in the environment means that daemon's upstream (SPEC §1). */
export function upstreamOf({ proxy, behindDaemon }: Before): ProxyBefore {
  if (behindDaemon === undefined) return proxy;
  const url = `http://${behindDaemon}`;
  return { ...proxy, https: url, http: url };
}

/**
 * What was set before gotap takes its place. Where gotap itself stands there (after `gotap env`), it is what stood before
 * that: a proxy must not become its own upstream.
 * @param ownListen where the process that asks will listen itself
 */
export async function beforeGotap(
  context: CliContext,
  runtimeDir: string,
  ownListen?: { host: string; port: number },
): Promise<Before> {
  const { env, cwd } = context;
  const [git, daemons] = await Promise.all([
    gitHttpSettings(env, cwd),
    namesAProxy(env) ? findDaemons(runtimeDir) : [],
  ]);
  const upstream = upstreamFromEnvironment({
    env,
    ...(git.proxy === undefined ? {} : { gitProxy: git.proxy }),
    ownAddresses: [
      ...daemons.flatMap(({ status }) => status?.listen ?? []),
      ...(ownListen === undefined || ownListen.port === 0
        ? []
        : [ownListen.host, "127.0.0.1", "[::1]"].map(
            (host) => `${host}:${ownListen.port}`,
          )),
    ],
  });
  if (upstream.type === "proxy") return { proxy: upstream.proxy, git };
  const { before: proxy, address } = upstream;
  const behind = daemons.find(({ status }) => status?.listen.includes(address))
    ?.status?.upstreamProxy;
  return behind === undefined || (proxy.https ?? proxy.http) !== undefined
    ? { proxy, git }
    : { proxy, git, behindDaemon: behind };
}

function namesAProxy(env: NodeJS.ProcessEnv): boolean {
  return ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some(
    (name) => (env[name] ?? "") !== "",
  );
}
