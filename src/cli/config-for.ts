import { classify } from "../classify/classify.js";
import { type ProxyBase, proxyBases } from "../classify/proxy-base.js";
import { durationText } from "../config/duration.js";
import type { LoadedSettings } from "../config/load-settings.js";
import { knownBases } from "../daemon/known-bases.js";
import { readGoSettings } from "../evidence/go-settings.js";
import { GotapError } from "../model/failure.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings } from "../model/settings.js";
import { attemptLimits } from "../policy/deadlines.js";
import { effectiveFor, type RuleSubject } from "../policy/rules.js";
import type { CliContext } from "./context.js";
import { originalEnvironment } from "./saved-environment.js";

/** One setting of one request. */
export interface HeldSetting {
  key: string;
  value: string | number | boolean;
  /** The rule that says so; null where none does. */
  rule: string | null;
  /** `FILE:LINE`, `GOTAP_TIMEOUTS_DNS`, `--listen`, `default`; for a rule where it stands, or `built in`. */
  origin: string;
}

/** What holds for a request: `gotap config --effective --for URL --json` prints it. */
export interface Held {
  /** Without credentials. */
  url: string;
  kind: RequestInfo["kind"];
  module: string | null;
  version: string | null;
  session: string | null;
  settings: HeldSetting[];
  /** For a person: what could not be found out. */
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
  context: CliContext,
): Promise<Held> {
  const url = urlOf(typed);
  const { bases, notices } = await basesHere(loaded.settings, context);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const info = classify({
    // Git's fetch is the one request of go's that is no GET.
    method: url.pathname.endsWith("/git-upload-pack") ? "POST" : "GET",
    scheme: url.protocol === "http:" ? "http" : "https",
    host,
    port: Number(url.port) || (url.protocol === "http:" ? 80 : 443),
    target: url.pathname + url.search,
    bases,
  });
  const subject: RuleSubject = {
    kind: info.kind,
    host,
    ...(info.modulePath === undefined ? {} : { modulePath: info.modulePath }),
    ...(session === undefined ? {} : { sessionCommand: session }),
  };
  return {
    url: shownUrl(url),
    kind: info.kind,
    module: info.modulePath ?? null,
    version: info.moduleVersion ?? null,
    session: session ?? null,
    settings: settingsOf(subject, info, url.protocol, loaded),
    notices,
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

/** A URL that was copied from somewhere may hold a password. */
function shownUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = "";
  copy.password = "";
  return copy.href;
}

/** As a session in this folder would be known by: go's own settings and the mirrors. */
async function basesHere(
  { mirrors }: Settings,
  { cwd, env }: CliContext,
): Promise<{ bases: ProxyBase[]; notices: string[] }> {
  const mirrored = proxyBases(mirrors.flatMap(({ urls }) => urls));
  const settings = await readGoSettings({
    goBinary: "go",
    cwd,
    env: originalEnvironment(env),
  });
  if (!settings.ok)
    return {
      bases: mirrored,
      notices: [
        `go's own settings are not known (${settings.cause}): the URL's shape alone says what it is for`,
      ],
    };
  const known = knownBases();
  known.learn(settings.env);
  return { bases: [...known.bases, ...mirrored], notices: [] };
}

function settingsOf(
  subject: RuleSubject,
  info: RequestInfo,
  scheme: string,
  loaded: LoadedSettings,
): HeldSetting[] {
  const { timeouts, retry, setBy } = effectiveFor(subject, loaded.settings);
  const intercept = interceptRow(subject.host, loaded);
  // Plain HTTP comes to a proxy open.
  const isTunnel =
    scheme === "https:" &&
    (intercept.value === false || intercept.value === "none");
  const free = isTunnel ? "a tunnel" : info.kind === "other" && "kind other";
  const kind = isTunnel ? "tunnel" : info.kind;
  const limits = attemptLimits({ kind, timeouts, setBy, lastTry: false });
  const tries = free === false ? retry : { ...retry, attempts: 1 };
  const rows: [key: string, value: string | number][] = [
    ...Object.entries(limits).map(([field, ms]): [string, string] => [
      `timeouts.${fileKey(field)}`,
      durationText(ms),
    ]),
    ...Object.entries(tries).map(
      ([field, value]): [string, string | number] => [
        `retry.${fileKey(field)}`,
        field.endsWith("Ms") ? durationText(value) : value,
      ],
    ),
  ];
  return [
    ...rows.map(([key, value]) => ({
      key,
      value,
      ...(free === false
        ? setterOf(key, subject, loaded)
        : { rule: null, origin: `${free}: no limits, no retries` }),
    })),
    intercept,
  ];
}

/** Interception is decided at the CONNECT, when the host alone is known; `none` is above all rules. */
function interceptRow(host: string, loaded: LoadedSettings): HeldSetting {
  const { settings, origins } = loaded;
  const key = "intercept";
  const byRule = effectiveFor({ host }, settings).intercept;
  return settings.intercept === "none" || byRule === undefined
    ? {
        key,
        value: settings.intercept,
        rule: null,
        origin: origins[key] ?? "default",
      }
    : { key, value: byRule, ...setterOf(key, { host }, loaded) };
}

/** The first rule that, alone, would set the key; else where the key itself was set. */
function setterOf(
  key: string,
  subject: RuleSubject,
  { settings, origins, ruleOrigin }: LoadedSettings,
): Pick<HeldSetting, "rule" | "origin"> {
  const index = settings.rules.findIndex(
    (rule) =>
      key in effectiveFor(subject, { ...settings, rules: [rule] }).setBy,
  );
  return {
    rule: settings.rules[index]?.name ?? null,
    origin:
      index === -1
        ? (origins[key] ?? "default")
        : ruleOrigin(index, key.split(".")),
  };
}

/** `firstByteMs` is `first_byte` in the file. */
function fileKey(field: string): string {
  return field
    .replace(/Ms$/, "")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
