import { isIP, SocketAddress } from "node:net";
import type { PeerCertificate } from "node:tls";

/** Why a certificate is not the host's; `code` is Node's own for it. */
export class WrongIdentity extends Error {
  readonly code = "ERR_TLS_CERT_ALTNAME_INVALID";
}

/**
 * Whether a certificate, whose chain was verified already, is this host's: as Go's `VerifyHostname` says it
 * (crypto/x509/verify.go). Only the subject alternative name counts, never the common name; an IP literal needs an IP entry,
 * a name a DNS entry; `*` stands only for the whole left-most label. Go also refuses negative serial numbers (FACTS G14).
 * @returns undefined when it is
 */
export function goIdentity(
  host: string,
  certificate: PeerCertificate,
): WrongIdentity | undefined {
  // Node hands out an empty object where the peer sent no certificate.
  if (Object.keys(certificate).length === 0)
    return new WrongIdentity("there is no certificate");
  if (certificate.serialNumber.startsWith("-"))
    return new WrongIdentity("its serial number is negative");
  const names = alternativeNames(certificate.subjectaltname ?? "");
  if (isIP(host) !== 0) {
    const wanted = canonicalAddress(host);
    if (names.addresses.some((one) => canonicalAddress(one) === wanted))
      return undefined;
  } else if (names.dns.some((pattern) => matches(pattern, host))) {
    return undefined;
  }
  const listed = [...names.dns, ...names.addresses];
  return new WrongIdentity(
    listed.length === 0
      ? `it names no host (only its common name, if any), wanted ${host}`
      : `it is for ${listed.slice(0, 5).join(", ")}${listed.length > 5 ? ", …" : ""}, not for ${host}`,
  );
}

/** One entry of Node's text; a value that holds anything odd is quoted as JSON (CVE-2021-44532). */
const ENTRY = /(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)/gy;

function alternativeNames(text: string): {
  dns: string[];
  addresses: string[];
} {
  const dns: string[] = [];
  const addresses: string[] = [];
  for (const [, type, value = ""] of text.matchAll(ENTRY)) {
    // A quoted value is no host name at all.
    if (value.startsWith('"')) continue;
    if (type === "DNS") dns.push(value);
    else if (type === "IP Address") addresses.push(value);
  }
  return { dns, addresses };
}

/** RFC 5952 form, and an IPv4-mapped IPv6 address as IPv4: the two are equal for Go's `IP.Equal`. */
function canonicalAddress(text: string): string | undefined {
  const [bare = ""] = text.split("%", 1);
  const family = isIP(bare);
  if (family === 0) return undefined;
  const { address } = new SocketAddress({
    address: bare,
    family: family === 6 ? "ipv6" : "ipv4",
  });
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

function matches(pattern: string, host: string): boolean {
  if (
    validHostname(host.replace(/\.$/, ""), false) &&
    validHostname(pattern, true)
  ) {
    const wanted = lower(host.replace(/\.$/, "")).split(".");
    const parts = lower(pattern).split(".");
    return (
      parts.length === wanted.length &&
      parts.every((part, i) => (i === 0 && part === "*") || part === wanted[i])
    );
  }
  return pattern !== "" && pattern !== "." && lower(pattern) === lower(host);
}

function validHostname(host: string, isPattern: boolean): boolean {
  if (host === "" || host === "*") return false;
  return host
    .split(".")
    .every(
      (label, i) =>
        (isPattern && i === 0 && label === "*") ||
        /^[a-z0-9_][a-z0-9_-]*$/i.test(label),
    );
}

/** ASCII alone, as Go's toLowerCaseASCII: what other scripts make of upper case is no host name's business. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
