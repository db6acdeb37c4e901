import { classify } from "../classify/classify.js";
import { type ProxyBase, proxyBases } from "../classify/proxy-base.js";
import type { LoadedSettings } from "../config/load-settings.js";
import { knownBases } from "../daemon/known-bases.js";
import { readGoSettings } from "../evidence/go-settings.js";
import { GotapError } from "../model/failure.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings } from "../model/settings.js";
import type { Origin } from "../model/way.js";
import { goproxyEnvironment } from "../policy/goproxy-environment.js";
import type { RuleSubject } from "../policy/rules.js";
import type { CliContext } from "./context.js";
import {
  type HeldSetting,
  heldSettings,
  isTunnelled,
} from "./held-settings.js";
import type { HeldSource, Reach, ReachFacts } from "./held-sources.js";
import { originalEnvironment } from "./saved-environment.js";

/** What holds for a request: `gotap config --effective --for URL --json` prints it. */
export interface Held {
  /** Without credentials. */
  url: string;
  kind: RequestInfo["kind"];
  module: string | null;
  version: string | null;
  session: string | null;
  settings: HeldSetting[];
  /** Where its answer may come from, in the order in which they are tried. */
  sources: HeldSource[];
  /** For a person: what could not be found out or does not count. */
  notices: string[];
}

/**
 * What holds for a request to a URL, sent by go in this folder and environment.
 * @param session the command that sends it: `go mod download`
 * @throws GotapError CONFIG_URL
 */
export async function heldFor(
  typed: string,
  session: string | undefined,
  loaded: LoadedSettings,
  context: Pick<CliContext, "cwd" | "env">,
  reach: Reach,
): Promise<Held> {
  const url = urlOf(typed);
  const origin = originOf(url);
  const { host } = origin;
  const target = url.pathname + url.search;
  const { bases, goEnv, notices } = await goHere(loaded.settings, context);
  const info = classify({
    // Git's fetch is the one request of go's that is no GET.
    method: url.pathname.endsWith("/git-upload-pack") ? "POST" : "GET",
    ...origin,
    target,
    bases,
  });
  const subject: RuleSubject = {
    kind: info.kind,
    host,
    ...(info.modulePath === undefined ? {} : { modulePath: info.modulePath }),
    ...(session === undefined ? {} : { sessionCommand: session }),
  };
  const { settings } = loaded;
  const isTunnel = isTunnelled(host, origin.scheme, loaded);
  const reached = await reach({
    info,
    origin,
    target,
    hasCredentials: url.username !== "" || url.password !== "",
    isTunnel,
    settings,
    goEnv,
  });
  return {
    url: shownUrl(url),
    kind: info.kind,
    module: info.modulePath ?? null,
    version: info.moduleVersion ?? null,
    session: session ?? null,
    settings: heldSettings(subject, { info, isTunnel, goEnv }, loaded),
    sources: reached.sources,
    notices: [
      ...notices,
      ...goproxyEnvironment(goEnv ?? {}).notices,
      ...reached.notices,
    ],
  };
}

function urlOf(typed: string): URL {
  try {
    const url = new URL(typed);
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {
    // Said below.
  }
  throw new GotapError(
    "CONFIG_URL",
    `${JSON.stringify(typed)} is no http or https URL`,
    "for example --for https://goproxy.cn/golang.org/x/text/@v/list",
    2,
  );
}

function originOf({ protocol, hostname, port }: URL): Origin {
  const scheme = protocol === "http:" ? "http" : "https";
  return {
    scheme,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (scheme === "http" ? 80 : 443),
  };
}

/** A URL that was copied from somewhere may hold a password. */
function shownUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = "";
  copy.password = "";
  return copy.href;
}

/** As a session in this folder would be known by: go's own settings and the mirrors. */
async function goHere(
  { mirrors }: Settings,
  { cwd, env }: Pick<CliContext, "cwd" | "env">,
): Promise<
  Pick<ReachFacts, "goEnv"> & { bases: ProxyBase[]; notices: string[] }
> {
  const mirrored = proxyBases(mirrors.flatMap(({ urls }) => urls));
  const settings = await readGoSettings({
    goBinary: "go",
    cwd,
    env: originalEnvironment(env),
  });
  if (!settings.ok)
    return {
      goEnv: undefined,
      bases: mirrored,
      notices: [
        `go's own settings are not known (${settings.cause}): the URL's shape alone says what it is for, and nobody but its own host is asked`,
      ],
    };
  const known = knownBases();
  known.learn(settings.env);
  return {
    goEnv: settings.env,
    bases: [...known.bases, ...mirrored],
    notices: [],
  };
}
