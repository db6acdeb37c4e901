import { type GitEntry, gitUrlMatch } from "./git-url-match.js";

/** What git's configuration and environment ask of TLS for one URL. */
export interface GitTls {
  /** Any certificate will do; what says so: `git http.sslVerify=false`. */
  insecure?: string;
  /** git shows a certificate of its own; what says so. */
  clientCertificate?: string;
  /** As written: relative names start at git's folder, `~/` at its HOME. */
  caFiles: string[];
  caFolders: string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * git's TLS settings for a URL (http.c): the environment beats the configuration, but for CA files both count, because
 * GIT_SSL_CAINFO may be what gotap itself has set over the user's own.
 * @param entries git's `http.*` configuration, in git's own order
 */
export function gitTls(
  entries: readonly GitEntry[],
  env: Environment,
  url: string,
): GitTls {
  const config = gitUrlMatch(entries, url);
  const tls: GitTls = {
    caFiles: texts(config.get("sslcainfo"), env["GIT_SSL_CAINFO"]),
    caFolders: texts(config.get("sslcapath"), env["GIT_SSL_CAPATH"]),
  };
  // Whatever its value (http.c: getenv alone is looked at).
  if (env["GIT_SSL_NO_VERIFY"] !== undefined)
    tls.insecure = "GIT_SSL_NO_VERIFY";
  else if (config.has("sslverify") && isFalse(config.get("sslverify")))
    tls.insecure = "git http.sslVerify=false";
  if (env["GIT_SSL_CERT"]) tls.clientCertificate = "GIT_SSL_CERT";
  else if (config.get("sslcert")) tls.clientCertificate = "git http.sslCert";
  return tls;
}

/**
 * Whether git would show a certificate of its own anywhere at a host. What it asks for is not known before the connection is
 * opened, so one path with a certificate is enough.
 * @param origin `https://host:port`
 * @returns what says so
 */
export function gitClientCertificate(
  entries: readonly GitEntry[],
  env: Environment,
  origin: string,
): string | undefined {
  const whole = gitTls(entries, env, `${origin}/`).clientCertificate;
  if (whole !== undefined) return whole;
  const urls = entries.flatMap(([key, value]) => {
    const url = /^http\.(.*)\.sslcert$/is.exec(key)?.[1];
    return url === undefined || !value ? [] : [url];
  });
  for (const url of urls) {
    const path = /^[^:]+:\/\/[^/]*(\/.*)$/s.exec(url)?.[1];
    if (path === undefined) continue;
    const found = gitTls(entries, env, origin + path).clientCertificate;
    if (found !== undefined) return found;
  }
  return undefined;
}

function texts(...values: (string | undefined)[]): string[] {
  return values.filter((value): value is string => Boolean(value));
}

/** git_config_bool (config.c): a key without a value is true, an empty value false. */
function isFalse(value: string | undefined): boolean {
  return value !== undefined && /^(?:|false|no|off|[+-]?0+)$/i.test(value);
}
