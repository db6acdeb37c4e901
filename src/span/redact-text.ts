/** OpenTelemetry's word for a value that was taken out (semantic conventions, `url.full`). */
export const REDACTED = "REDACTED";

/**
 * Names of query keys, flags, variables and header fields whose value is a credential: AWS and Google signatures
 * (`X-Amz-Signature`, `X-Goog-Credential`), Azure's `sig`, `private_token`, `api_key`, `client_secret`, `code`, …
 */
const SECRET_NAME =
  /sig$|signature|token|secret|passw|pwd$|^pass$|credential|api[-_]?key|access[-_]?key|^key$|[-_]key$|auth$|authorization|^code$|jwt|session|cookie/i;

/** Tokens that give themselves away by their shape: GitHub, GitLab, AWS key ids, Google OAuth, npm, Slack, JWT. */
const TOKEN_SHAPE =
  /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|AKIA[A-Z0-9]{12,}|ya29\.[\w-]{16,}|npm_\w{16,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]{16,}(?:\.[\w-]*){0,2})/g;

// The patterns below read what peers send: each repetition has an upper bound or an end that it cannot miss, so that their work
// grows with the text's length and not with its square.

/** Userinfo after a scheme; one slash is how go sends a URL inside a path (path.Join), `%2F` how others do. */
const USERINFO =
  /([a-z][a-z0-9+.-]{0,15}:(?:\/|%2f){1,2})[^/?#\s]{0,4096}(?:@|%40)/gi;

/** `user:password@host` without a scheme, as HTTPS_PROXY may be written. */
const BARE_USERINFO =
  /(^|[\s"'=,|])[^\s"'=,|/:@]{1,256}:[^\s"'/@]{1,1024}@(?=[\w[])/g;

/** `Authorization: Bearer …`, `Cookie: …`, `X-Api-Token: …`, `password: …` in free text: the rest of the line goes. */
const HEADER_LINE =
  /((?:proxy-)?authorization|(?:set-)?cookie|(?:x|private|job|deploy|access|auth)-[\w-]{0,32}(?:token|key|secret)|passw(?:or)?d)(["']?\s{0,8}:\s*)[^\r\n]+/gi;

/** `token="…"`, `"token": "…"`. */
const QUOTED = /([\w.-]{1,64})(["']?\s{0,8}[=:]\s{0,8})("[^"]*"|'[^']*')/g;

const SCHEME_VALUE = /\b(bearer|basic|negotiate|ntlm)\s+[\w.~+/=-]{6,}/gi;

/** What every secret in a URL needs at least one of; most targets have none of it. */
const SUSPECT_TARGET =
  /[?#;=]|%40|:(?:\/|%2f)|gh[pousr]_|github_pat_|glpat-|AKIA|ya29|npm_|xox|eyJ/i;

/** A path under somebody's home folder, with `~` for the folder: whose it is stays on this machine. */
export function redactHome(text: string): string {
  return text.replace(
    /(^|[\s"'(=:])(?:\/(?:home|Users)\/[^/\s"']{1,256}|[A-Za-z]:\\Users\\[^\\\s"']{1,256})(?=[/\\])/g,
    "$1~",
  );
}

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Path and query of a request without userinfo and secret query values; the same string when there are none. */
export function redactTarget(target: string): string {
  if (!SUSPECT_TARGET.test(target)) return target;
  return redactQuery(redactShapes(target), 0);
}

/** Free text (a cause, a header's value, a setting) that may hold URLs, header lines and tokens. */
export function redactText(text: string): string {
  if (!/[:=@_.]|eyJ|AKIA|bearer|basic|glpat|xox/i.test(text)) return text;
  const shapes = redactShapes(text)
    .replace(QUOTED, (whole: string, name: string, between: string) =>
      isSecretName(name) ? `${name}${between}${REDACTED}` : whole,
    )
    .replace(BARE_USERINFO, `$1${REDACTED}:${REDACTED}@`)
    .replace(HEADER_LINE, `$1$2${REDACTED}`)
    .replace(SCHEME_VALUE, `$1 ${REDACTED}`);
  return shapes.includes("=")
    ? shapes.replace(/[^\s"'<>]+/g, (word) =>
        word.includes("=") ? redactQuery(word, 0) : word,
      )
    : shapes;
}

function redactShapes(text: string): string {
  return text
    .replace(USERINFO, `$1${REDACTED}:${REDACTED}@`)
    .replace(TOKEN_SHAPE, REDACTED);
}

/** A value may hold pairs of its own (`-ldflags=-X=main.token=…`, an encoded URL); so many deep are opened. */
const MAX_NESTING = 3;

/**
 * `&` separates for Go and for most servers, `;` for a few: a secret's value therefore runs on over a `;`, and a secret's
 * name may stand after one.
 */
function redactQuery(text: string, depth: number): string {
  return text
    .replace(/([?&#]|^)([^=&?#/;]+)=([^&#]*)/g, pairIn(depth))
    .replace(/([;])([^=&?#/;]+)=([^&#;]*)/g, pairIn(depth));
}

function pairIn(depth: number) {
  return (whole: string, before: string, name: string, value: string) => {
    if (value === "" || value === REDACTED) return whole;
    if (isSecretName(decoded(name))) return `${before}${name}=${REDACTED}`;
    if (depth >= MAX_NESTING) return whole;
    if (value.includes("="))
      return `${before}${name}=${redactQuery(value, depth + 1)}`;
    if (!/%(?:3d|40|2[56f])/i.test(value)) return whole;
    const inner = decoded(value);
    const clean = redactQuery(redactShapes(inner), depth + 1);
    return clean === inner
      ? whole
      : `${before}${name}=${encodeURIComponent(clean)}`;
  };
}

function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8: the escapes of the ASCII characters alone say enough.
    return text.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}
