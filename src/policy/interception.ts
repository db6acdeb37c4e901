import type { InterceptMode } from "../model/settings.js";
import type { Program } from "./program.js";

/** What is known of a CONNECT when it must be decided whether to open it. */
export interface InterceptionInput {
  mode: InterceptMode;
  /** `intercept` of the rule that matches, and that rule's name; absent where no rule says anything. */
  rule?: { intercept: boolean; name: string };
  program: Program;
  /** The connection carries a run id: gotap itself set up the environment of what is behind it. */
  hasRunId: boolean;
  /** Whether the process's environment names a bundle that holds our CA; undefined where it cannot be read. */
  environmentTrusts: boolean | undefined;
  systemStoreTrusts: boolean;
  /** RefusalMemory: it has refused our certificate within the last 10 minutes. */
  refusedRecently: boolean;
  /** The first bytes after the CONNECT were no TLS ClientHello; absent while nobody has looked. */
  notTls?: boolean;
}

export type Interception =
  | { open: true }
  | {
      open: false;
      /** One line for a person: why, and how to see inside. */
      reason: string;
    };

const OPEN: Interception = { open: true };
const HOW =
  'to see inside, run it as `gotap run -- …`, or first `eval "$(gotap env)"`';

/**
 * Whether a CONNECT is opened (SPEC §2, "What is opened"). `none` closes all; then a rule's word; `all` opens the rest; `go`
 * opens go, git and gopls where they would trust our CA, and nothing that has just refused it.
 */
export function decideInterception(input: InterceptionInput): Interception {
  const { mode, rule } = input;
  if (input.notTls === true)
    return closed("it does not speak TLS, so there is nothing to open");
  if (mode === "none")
    return closed('intercept = "none": to see inside, set it to "go"');
  if (rule?.intercept === false)
    return closed(
      `the rule "${rule.name}" says intercept = false: to see inside, change that rule`,
    );
  if (rule?.intercept === true || mode === "all") return OPEN;
  return decideGo(input);
}

function decideGo(input: InterceptionInput): Interception {
  const { program } = input;
  if (program === "other" || program === "unknown") {
    const who = program === "other" ? "another program" : "an unknown program";
    return closed(
      `${who}, not go, git or gopls: to see inside, set intercept = "all" and let it trust \`gotap ca path\``,
    );
  }
  if (input.refusedRecently)
    return closed(
      `${program} refused gotap's certificate less than 10 minutes ago: ${HOW}`,
    );
  const trusts =
    input.hasRunId ||
    input.environmentTrusts === true ||
    input.systemStoreTrusts;
  return trusts
    ? OPEN
    : closed(`${program} would not trust gotap's certificate: ${HOW}`);
}

function closed(reason: string): Interception {
  return { open: false, reason };
}
