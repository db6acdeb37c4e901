import type { RequestKind } from "../model/request-kind.js";
import type {
  RetrySettings,
  Rule,
  Settings,
  Timeouts,
} from "../model/settings.js";
import { matchesHostPattern } from "./host-pattern.js";
import { matchesModulePatterns } from "./module-patterns.js";

/** What a rule can look at; what is absent matches no rule that asks for it. */
export interface RuleSubject {
  /** Absent for a CONNECT, before anybody has seen a request: rules with `kind` or `module` do not match it. */
  kind?: RequestKind;
  host: string;
  modulePath?: string;
  /** `go mod download`. */
  sessionCommand?: string;
}

/** What holds for one request. */
export interface EffectiveSettings {
  timeouts: Timeouts;
  retry: RetrySettings;
  /** A rule's word on interception; absent: the mode decides. */
  intercept?: boolean;
  /** Configuration key (`timeouts.first_byte`, `retry.attempts`, `intercept`) to the name of the rule that set it. */
  setBy: Record<string, string>;
}

/** Applies the rules to one request: the first rule that matches and sets a field wins that field (SPEC §4). */
export function effectiveFor(
  subject: RuleSubject,
  settings: Pick<Settings, "timeouts" | "retry" | "rules">,
): EffectiveSettings {
  const effective: EffectiveSettings = {
    timeouts: { ...settings.timeouts },
    retry: { ...settings.retry },
    setBy: {},
  };
  const { setBy } = effective;
  for (const rule of settings.rules) {
    if (!matchesRule(rule, subject)) continue;
    fill(effective.timeouts, rule.timeouts, "timeouts", rule.name, setBy);
    fill(effective.retry, rule.retry, "retry", rule.name, setBy);
    if (rule.intercept === undefined || setBy["intercept"] !== undefined)
      continue;
    effective.intercept = rule.intercept;
    setBy["intercept"] = rule.name;
  }
  return effective;
}

/** Whether every condition that the rule holds is met; a rule without conditions matches all. */
function matchesRule(rule: Rule, subject: RuleSubject): boolean {
  const { kind, host, modulePath, sessionCommand } = subject;
  return (
    (rule.kind?.some((wanted) => wanted === kind) ?? true) &&
    (rule.host?.some((pattern) => matchesHostPattern(pattern, host)) ?? true) &&
    (rule.module?.some(
      (pattern) =>
        modulePath !== undefined && matchesModulePatterns(pattern, modulePath),
    ) ??
      true) &&
    (rule.session?.some((words) => startsWithWords(sessionCommand, words)) ??
      true)
  );
}

function fill<T extends object>(
  target: T,
  source: Partial<T> | undefined,
  table: string,
  ruleName: string,
  setBy: Record<string, string>,
): void {
  for (const [field, value] of Object.entries(source ?? {})) {
    const key = `${table}.${configurationKey(field)}`;
    if (value === undefined || setBy[key] !== undefined) continue;
    Object.assign(target, { [field]: value });
    setBy[key] = ruleName;
  }
}

/** `firstByteMs` is `first_byte` in the file. */
export function configurationKey(field: string): string {
  return field
    .replace(/Ms$/, "")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function startsWithWords(command: string | undefined, words: string): boolean {
  return command === words || (command?.startsWith(`${words} `) ?? false);
}
