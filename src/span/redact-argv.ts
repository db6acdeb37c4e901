import { isSecretName, REDACTED, redactText } from "./redact-text.js";

/** curl's and others' flags whose value is `user:password`. */
const USER_FLAG = /^(?:-u|-U|--user|--proxy-user)$/;
/** The same with the value in one word: `-ubob:pw`, `--user=bob:pw`. */
const USER_WORD = /^(-[uU]|--(?:proxy-)?user=)([^/\s:@]+:\S+)$/;

/** `user:password`, but no URL and no `host:port/path`. */
const USER_VALUE = /^[^/\s:@]+:(?!\/\/|\d+\/)\S+$/;

/**
 * A command line without its credentials: `--token=…`, `--token …`, `PASSWORD=…`, `-u user:password`, URLs with userinfo or
 * signed queries, header lines. Gives the same array when there is nothing to take out.
 */
export function redactArgv(argv: string[]): string[] {
  let changed = false;
  const clean = argv.map((word, index) => {
    const redacted = redactWord(word, argv[index - 1]);
    if (redacted !== word) changed = true;
    return redacted;
  });
  return changed ? clean : argv;
}

function redactWord(word: string, before: string | undefined): string {
  // A script in one word (`sh -c '…'`) holds words of its own; the white space between them stays.
  if (/\S\s+\S/.test(word)) {
    // Unless all of it is one value.
    const whole = redactSingle(word, before);
    if (whole === REDACTED || whole.endsWith(`=${REDACTED}`)) return whole;
    const parts = whole.split(/(\s+)/);
    return parts
      .map((part, index) =>
        index % 2 === 1 ? part : redactSingle(part, parts[index - 2] ?? before),
      )
      .join("");
  }
  return redactSingle(word, before);
}

function redactSingle(word: string, before: string | undefined): string {
  if (before !== undefined) {
    // Whatever follows such a flag goes, also what looks like the next flag: a secret may begin with a dash.
    const flag = /^--?([\w.-]+)$/.exec(before)?.[1];
    if (flag !== undefined && isSecretName(flag)) return REDACTED;
    if (USER_FLAG.test(before) && USER_VALUE.test(word)) return REDACTED;
  }
  const user = USER_WORD.exec(word);
  if (user !== null) return `${user[1] ?? ""}${REDACTED}`;
  const [, name, value] = /^((?:--?)?[A-Za-z_][\w.-]*)=(.+)$/s.exec(word) ?? [];
  if (name === undefined || value === undefined) return redactText(word);
  return `${name}=${redactSetting(name.replace(/^-+/, ""), value)}`;
}

/** GOAUTH's words that hold no secret: off, netrc, git and its folder (`go help goauth`). */
const OPEN_GOAUTH = /^(?:off|netrc|git [^;]+)(?:;\s*(?:netrc|git [^;]+))*$/;

/** The value of a setting, an environment variable or a flag. */
export function redactSetting(name: string, value: string): string {
  if (name === "GOAUTH" && OPEN_GOAUTH.test(value)) return value;
  if (isSecretName(name) && value !== "") return REDACTED;
  return redactText(value);
}
