import { durationText } from "../config/duration.js";
import type { LoadedSettings } from "../config/load-settings.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Origin } from "../model/way.js";
import { attemptLimits } from "../policy/deadlines.js";
import { withGoproxyEnvironment } from "../policy/goproxy-environment.js";
import {
  configurationKey,
  effectiveFor,
  type RuleSubject,
} from "../policy/rules.js";

/** One setting of one request. */
export interface HeldSetting {
  key: string;
  value: string | number | boolean;
  /** The rule that says so; null where none does. */
  rule: string | null;
  /** `FILE:LINE`, `GOTAP_TIMEOUTS_DNS`, `GOPROXY_TIMEOUT`, `--listen`, `default`; for a rule where it stands, or `built in`. */
  origin: string;
}

/** What of a request its settings depend on. */
export interface HeldRequest {
  info: RequestInfo;
  isTunnel: boolean;
  /** go's own settings; undefined: not known. */
  goEnv: Readonly<Record<string, string>> | undefined;
}

/** Whether a host's requests pass gotap unopened, as far as the configuration says so. Plain HTTP comes to a proxy open. */
export function isTunnelled(
  host: string,
  scheme: Origin["scheme"],
  loaded: LoadedSettings,
): boolean {
  const { value } = interceptRow(host, loaded);
  return scheme === "https" && (value === false || value === "none");
}

/** Every limit, retry and the interception of one request. */
export function heldSettings(
  subject: RuleSubject,
  { goEnv, info, isTunnel }: HeldRequest,
  loaded: LoadedSettings,
): HeldSetting[] {
  const byRules = effectiveFor(subject, loaded.settings);
  const effective = withGoproxyEnvironment(byRules, info.kind, goEnv);
  const { timeouts, retry, setBy } = effective;
  const { setBy: byEnvironment } = withGoproxyEnvironment(
    { ...byRules, setBy: {} },
    info.kind,
    goEnv,
  );
  const setterOf = (key: string): Pick<HeldSetting, "rule" | "origin"> => {
    const variable = byEnvironment[key];
    return variable === undefined
      ? fileSetterOf(key, subject, loaded)
      : { rule: null, origin: variable };
  };
  const free = isTunnel ? "a tunnel" : info.kind === "other" && "kind other";
  const kind = isTunnel ? "tunnel" : info.kind;
  const limits = attemptLimits({ kind, timeouts, setBy, lastTry: false });
  const tries = free === false ? retry : { ...retry, attempts: 1 };
  const rows: [key: string, value: string | number][] = [
    ...Object.entries(limits).map(([field, ms]): [string, string] => [
      `timeouts.${configurationKey(field)}`,
      durationText(ms),
    ]),
    ...Object.entries(tries).map(
      ([field, value]): [string, string | number] => [
        `retry.${configurationKey(field)}`,
        field.endsWith("Ms") ? durationText(value) : value,
      ],
    ),
  ];
  return [
    ...rows.map(([key, value]) => ({
      key,
      value,
      ...(free === false
        ? setterOf(key)
        : { rule: null, origin: `${free}: no limits, no retries` }),
    })),
    interceptRow(subject.host, loaded),
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
    : { key, value: byRule, ...fileSetterOf(key, { host }, loaded) };
}

/** The first rule that, alone, would set the key; else where the key itself was set. */
function fileSetterOf(
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
