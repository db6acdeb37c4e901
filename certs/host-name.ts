import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** What a certificate can be made for. */
export type CertifiedHost =
  { type: "dns"; name: string } | { type: "ip"; name: string; bytes: Buffer };

/**
 * The host of a CONNECT as a certificate names it: lower case, in ASCII (IDNA), without brackets, zone or a last dot.
 * @returns undefined for what no certificate of ours may name: an empty name or label, a wildcard, any character outside
 *   letters, digits, `-` and `_` (Go's crypto/x509/verify.go validHostname), more than 253 bytes or 63 a label
 */
export function certifiedHost(host: string): CertifiedHost | undefined {
  const literal = host.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const family = isIP(literal);
  if (family === 4) {
    const bytes = Buffer.from(literal.split(".").map(Number));
    return { type: "ip", name: literal, bytes };
  }
  if (family === 6)
    return { type: "ip", name: literal, bytes: ipv6Bytes(literal) };
  const name = asciiName(host);
  return name !== undefined && isHostName(name)
    ? { type: "dns", name }
    : undefined;
}

/** domainToASCII maps what it must not touch in plain ASCII names (`0x7f.1` becomes an address), so only others go there. */
function asciiName(host: string): string | undefined {
  const name = /^[\u0021-\u007e]*$/.test(host)
    ? host.toLowerCase()
    : domainToASCII(host);
  return name.replace(/\.$/, "") || undefined;
}

function isHostName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split(".").every((label) => /^[a-z0-9_][a-z0-9_-]{0,62}$/.test(label))
  );
}

/** RFC 4291 §2.2, all three forms. The text has passed isIP. */
function ipv6Bytes(text: string): Buffer {
  const hex = text.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = hex.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...before, ...zeros, ...after].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  return bytes;
}
