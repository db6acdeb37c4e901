import {
  type IpAddress,
  isIpv4,
  isLoopback,
  parseIp,
  samePrefix,
} from "./ip-address.js";
import { parseLooseIpv4 } from "./loose-ipv4.js";

/** Where gotap itself listens: a request to it would go round in a circle. */
export interface OwnEndpoints {
  ports: readonly number[];
  /** Addresses beside loopback, for a gotap that listens on others. */
  addresses?: readonly string[];
}

const METADATA_NAMES = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
]);

interface Network {
  ip: IpAddress;
  bits: number;
  reason: string;
}

const network = (text: string, bits: number, reason: string): Network => ({
  ip: parseIp(text) ?? [],
  bits: text.includes(":") ? bits : bits + 96,
  reason,
});

const FORBIDDEN: readonly Network[] = [
  network("169.254.0.0", 16, "a link-local or cloud metadata address"),
  network("fe80::", 10, "a link-local address"),
  network("fd00:ec2::", 32, "a cloud metadata address"), // AWS
  network("fd20:ce::254", 128, "a cloud metadata address"), // Google Cloud
  network("100.100.100.200", 32, "a cloud metadata address"), // Alibaba Cloud
  network("192.0.0.192", 32, "a cloud metadata address"), // Oracle Cloud
  network("168.63.129.16", 32, "a cloud metadata address"), // Azure
  network("0.0.0.0", 8, "an unspecified address"),
  network("::", 128, "an unspecified address"),
];

/**
 * Why nothing may be sent to a host, or undefined where it may: link-local and cloud metadata addresses, unspecified ones and
 * gotap's own ports (SPEC §8). Every notation that a resolver takes for the address counts: IPv4 in IPv6, octal, hexadecimal
 * and fewer than four parts. Names are not resolved: ask again with every address that the look-up gave.
 * @param host a name or an IP literal without brackets
 * @returns what it is, to stand after `… is`
 */
export function forbiddenAddress(
  host: string,
  port: number,
  own: OwnEndpoints,
): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (METADATA_NAMES.has(name)) return "a cloud metadata name";
  const ip = parseIp(name) ?? parseLooseIpv4(name);
  const reason = ip && forbiddenIp(ip);
  if (reason !== undefined) return reason;
  return own.ports.includes(port) && isOwn(name, ip, own)
    ? "gotap's own port"
    : undefined;
}

function forbiddenIp(ip: IpAddress): string | undefined {
  const four = embeddedIpv4(ip);
  return FORBIDDEN.find(
    ({ ip: of, bits }) =>
      samePrefix(of, ip, bits) ||
      (four !== undefined && samePrefix(of, four, bits)),
  )?.reason;
}

/** The IPv4 address inside NAT64 (RFC 6052), 6to4 (RFC 3056) and IPv4-compatible (RFC 4291) addresses. */
function embeddedIpv4(ip: IpAddress): IpAddress | undefined {
  const mapped = (high = 0, low = 0): IpAddress => [
    0,
    0,
    0,
    0,
    0,
    0xffff,
    high,
    low,
  ];
  if (ip[0] === 0x2002) return mapped(ip[1], ip[2]);
  const nat64 = parseIp("64:ff9b::") ?? [];
  if (samePrefix(nat64, ip, 96)) return mapped(ip[6], ip[7]);
  const compatible = ip.slice(0, 6).every((word) => word === 0);
  return compatible && ip[6] !== 0 ? mapped(ip[6], ip[7]) : undefined;
}

function isOwn(
  name: string,
  ip: IpAddress | undefined,
  own: OwnEndpoints,
): boolean {
  if (ip === undefined)
    return name === "localhost" || name.endsWith(".localhost");
  if (isLoopback(ip) || isLoopbackInside(ip)) return true;
  return (own.addresses ?? []).some((text) => {
    const address = parseIp(text);
    return address !== undefined && samePrefix(address, ip, 128);
  });
}

function isLoopbackInside(ip: IpAddress): boolean {
  const four = isIpv4(ip) ? undefined : embeddedIpv4(ip);
  return four !== undefined && isLoopback(four);
}
