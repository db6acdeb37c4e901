// `gotap env` keeps what its variables held before in the environment itself: GOTAP_SAVED_NAMES lists them, GOTAP_SAVED_NAME has
// the value of each that was set. So `gotap env --unset` needs no file and no daemon, and each shell has its own memory.

const PREFIX = "GOTAP_SAVED_";
const NAMES = `${PREFIX}NAMES`;

/** Variables to set; `undefined` is one to unset. */
export type EnvironmentChange = Record<string, string | undefined>;

/** What gives back the environment as it was before `gotap env`; empty where nothing was saved. */
export function restoringChange(env: NodeJS.ProcessEnv): EnvironmentChange {
  const saved = env[NAMES];
  if (saved === undefined) return {};
  const names = saved.split(" ").filter(isName);
  const change: EnvironmentChange = {};
  for (const name of names) {
    change[name] = env[PREFIX + name];
    if (env[PREFIX + name] !== undefined) change[PREFIX + name] = undefined;
  }
  change[NAMES] = undefined;
  return change;
}

/** The environment without what `gotap env` has set in it. */
export function originalEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const original: NodeJS.ProcessEnv = { ...env };
  for (const [name, value] of Object.entries(restoringChange(env)))
    if (value === undefined) delete original[name];
    else original[name] = value;
  return original;
}

/**
 * Sets `variables` and saves what they replace. Done twice, it saves the same: what an earlier call has set is no value
 * of the user's.
 */
export function savingChange(
  env: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
): EnvironmentChange {
  const original = originalEnvironment(env);
  const names = Object.keys(variables);
  const saved: EnvironmentChange = { [NAMES]: names.join(" ") };
  for (const name of names) {
    const value = original[name];
    if (value !== undefined) saved[PREFIX + name] = value;
  }
  return { ...restoringChange(env), ...variables, ...saved };
}

/** A shell would run what is no name. */
function isName(word: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(word);
}
