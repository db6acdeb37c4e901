import {
  type IpAddress,
  isIpv4,
  isLoopback,
  parseIp,
  samePrefix,
} from "./ip-address.js";
import { toAscii } from "./to-ascii.js";

/** One entry of NO_PROXY; a `port` of "" is any. */
type Entry =
  | { type: "network"; ip: IpAddress; bits: number }
  | { type: "address"; ip: IpAddress; port: string }
  | {
      type: "domain";
      /** Starts with a dot. */
      suffix: string;
      port: string;
      /** Whether the domain itself matches too, not only what is below it. */
      itself: boolean;
    };

export type NoProxyList = "everything" | readonly Entry[];

/** NO_PROXY's list; entries that make no sense are passed over, `*` makes all others idle. */
export function parseNoProxy(text: string): NoProxyList {
  const entries: Entry[] = [];
  for (const item of text.split(",")) {
    const entry = item.trim().toLowerCase();
    if (entry === "*") return "everything";
    const parsed = entry === "" ? undefined : parseEntry(entry);
    if (parsed !== undefined) entries.push(parsed);
  }
  return entries;
}

/** Whether `host`:`port` is to be reached without a proxy. Loopback always is. */
export function spares(list: NoProxyList, host: string, port: number): boolean {
  if (host === "localhost") return true;
  const ip = parseIp(host);
  if (ip !== undefined && isLoopback(ip)) return true;
  if (list === "everything") return true;
  const name = toAscii(host.trim().toLowerCase());
  return list.some((entry) => matchesEntry(entry, name, String(port), ip));
}

function matchesEntry(
  entry: Entry,
  name: string,
  port: string,
  ip: IpAddress | undefined,
): boolean {
  if (entry.type === "network") return ip !== undefined && inNetwork(entry, ip);
  if (entry.port !== "" && entry.port !== port) return false;
  if (entry.type === "address")
    return ip !== undefined && samePrefix(entry.ip, ip, 128);
  if (ip !== undefined) return false;
  return (
    name.endsWith(entry.suffix) ||
    (entry.itself && name === entry.suffix.slice(1))
  );
}

/** An IPv6 network holds no IPv4 address, however wide it is (net.IPNet.Contains). */
function inNetwork(
  network: { ip: IpAddress; bits: number },
  ip: IpAddress,
): boolean {
  if (isIpv4(ip) && network.bits < 96) return false;
  return samePrefix(network.ip, ip, network.bits);
}

function parseEntry(entry: string): Entry | undefined {
  const network = parseNetwork(entry);
  if (network !== undefined) return network;
  const { host, port } = splitHostPort(entry);
  const ip = host.includes("%") ? undefined : parseIp(host);
  if (ip !== undefined) return { type: "address", ip, port };
  const domain = host.startsWith("*.") ? host.slice(1) : host;
  if (domain === "") return undefined;
  const itself = !domain.startsWith(".");
  const suffix = `.${toAscii(itself ? domain : domain.slice(1))}`;
  return { type: "domain", suffix, port, itself };
}

function parseNetwork(entry: string): Entry | undefined {
  const match = /^([^/%]+)\/(\d{1,3})$/.exec(entry);
  const ip = match === null ? undefined : parseIp(match[1] ?? "");
  if (ip === undefined) return undefined;
  const written = Number(match?.[2]);
  const four = !(match?.[1] ?? "").includes(":");
  if (written > (four ? 32 : 128)) return undefined;
  return { type: "network", ip, bits: four ? written + 96 : written };
}

/** As net.SplitHostPort; what has no port, or is an IPv6 literal without brackets, stays whole. */
function splitHostPort(entry: string): { host: string; port: string } {
  const match =
    /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(entry) ??
    /^([^:[\]]*):([^:[\]]*)$/.exec(entry);
  return match === null
    ? { host: entry, port: "" }
    : { host: match[1] ?? "", port: match[2] ?? "" };
}
