import type { Failure, FailureKind } from "../model/failure.js";

interface Place {
  host: string;
  /** `Way.name`. */
  way: string;
}

/** A duration for a person: `850 ms`, `2.5 s`, `30 s`, `2 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 100_000) return `${Number((ms / 1000).toFixed(1))} s`;
  return `${Number((ms / 60_000).toFixed(1))} min`;
}

/** What happened, as one sentence without its full stop; ends in what the system said where that says more. */
export function failureSentence(failure: Failure, place: Place): string {
  const said = failure.cause ?? failure.code;
  return SENTENCES[failure.kind](place, limitOf(failure)) + ending(said);
}

function ending(said: string | undefined): string {
  return said === undefined || said === "" ? "" : ` (${said})`;
}

function limitOf(failure: Failure): string {
  return failure.limitMs === undefined
    ? "in time"
    : `within ${duration(failure.limitMs)}`;
}

type Sentence = (place: Place, limit: string) => string;

/** Every kind says who failed and what a Go developer can look at. */
const SENTENCES: Record<FailureKind, Sentence> = {
  "dns-failure": ({ host }) =>
    `the name ${host} does not resolve: check GOPROXY's spelling and this machine's DNS`,
  "dns-timeout": ({ host }, limit) =>
    `no DNS answer for ${host} ${limit}: check this machine's DNS server or VPN`,
  "connect-refused": ({ host }) =>
    `${host} refused the connection: nothing listens on that port`,
  "connect-reset": ({ host }) =>
    `the connection to ${host} was reset while it was made: a firewall may block it`,
  "connect-unreachable": ({ host }) =>
    `there is no route to ${host}: check the network or VPN`,
  "connect-timeout": ({ host }, limit) =>
    `${host} did not take the connection ${limit}: it is down or a firewall drops the packets`,
  "connect-failed": ({ host }) => `the connection to ${host} failed`,
  "proxy-refused": ({ host, way }) =>
    `the upstream proxy ${way} refused to connect to ${host}`,
  "proxy-auth": ({ way }) =>
    `the upstream proxy ${way} wants other credentials: check user and password in its URL`,
  "proxy-timeout": ({ host, way }, limit) =>
    `the upstream proxy ${way} did not connect to ${host} ${limit}`,
  "proxy-failed": ({ way }) =>
    `the upstream proxy ${way} broke off: check that its URL has the right scheme and port`,
  "tls-timeout": ({ host }, limit) =>
    `${host} did not finish the TLS handshake ${limit}: a firewall may cut it`,
  "tls-untrusted": ({ host }) =>
    `the certificate of ${host} is not trusted: if your company intercepts TLS, name its CA in [tls] ca`,
  "tls-failed": ({ host }) => `the TLS handshake with ${host} failed`,
  "queue-timeout": ({ host }, limit) =>
    `no connection to ${host} became free ${limit}`,
  "first-byte-timeout": ({ host }, limit) =>
    `${host} took the request and sent no byte ${limit}`,
  "body-idle-timeout": ({ host }, limit) =>
    `${host} stopped in the middle of the body and sent no byte ${limit}`,
  "total-timeout": ({ host }, limit) =>
    `the request to ${host} was not done ${limit}, its limit in total`,
  reset: ({ host }) => `${host} closed the connection before it answered`,
  "stream-reset": ({ host }) => `${host} broke the HTTP/2 stream off`,
  goaway: ({ host }) => `${host} is closing its HTTP/2 connection`,
  "server-error": ({ host }) => `${host} answered with an error of its own`,
  "not-there": ({ host }) => `${host} does not have it`,
  "mirror-differs": ({ host }) =>
    `the body from ${host} begins otherwise than what was received before: two proxies can zip one module differently`,
  "range-differs": ({ host }) =>
    `${host} continued the body with other bytes than it began with`,
  unverified: ({ host }) =>
    `the answer of ${host} is not signed by the checksum database`,
  "breaker-open": ({ host }) =>
    `${host} is not tried for now: its circuit breaker is open, see \`gotap breaker list\``,
  overtaken: ({ host }) => `another source answered before ${host}`,
  truncated: ({ host }) => `the body from ${host} ended before its end`,
  overlong: ({ host }) =>
    `${host} sent more body than its Content-Length announced`,
  protocol: ({ host }) => `${host} sent what is no valid HTTP`,
  "forbidden-address": ({ host }) =>
    `${host} is an address that is never connected to`,
  "client-gone": () => "the client closed the connection",
  "client-untrusting": () =>
    "the client does not trust gotap's certificate: see `gotap ca status`",
  "bad-request": () => "the request was refused",
  stopped: () => "the proxy is stopping: try again when it is back",
  internal: () => "an error inside gotap itself: please report it as a bug",
};
