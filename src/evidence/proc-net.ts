import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { endianness } from "node:os";

/** One row of /proc/net/tcp or tcp6, as far as it is needed. */
export interface SocketRow {
  uid: number;
  /** 0: the socket belongs to no process any more. */
  inode: number;
}

/** include/net/tcp_states.h */
const LISTEN = "0A";

/**
 * One side of a connection: the row whose local and remote ends are these.
 * @param text of /proc/net/tcp or tcp6
 * @param local as `socketKeys` gives it
 * @param remote the same, or only `:` and the port: whatever address
 */
export function rowOfConnection(
  text: string,
  local: string,
  remote: readonly string[],
): SocketRow | undefined {
  for (const fields of rowsWith(text, ` ${local} `))
    if (fields[1] === local && remote.some((each) => fields[2]?.endsWith(each)))
      return rowOf(fields);
  return undefined;
}

/** Who listens on a port, on whatever address. */
export function rowsOfListeners(text: string, port: number): SocketRow[] {
  return rowsWith(text, `${portKey(port)} `)
    .filter(
      (fields) => fields[3] === LISTEN && fields[1]?.endsWith(portKey(port)),
    )
    .map(rowOf)
    .filter((row) => row !== undefined);
}

/**
 * How the kernel writes an address and port in its tables: 32-bit words in the machine's own byte order, in hexadecimal.
 * An IPv4 address also gives the form of an IPv4 client on an IPv6 socket, and the other way round.
 */
export function socketKeys(address: string, port: number): string[] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address.replace(/%.*$/, "");
  const suffix = portKey(port);
  if (isIPv4(plain)) {
    const bytes = Buffer.from(plain.split(".").map(Number));
    const prefix = Buffer.from("00000000000000000000ffff", "hex");
    return [bytes, Buffer.concat([prefix, bytes])].map(
      (each) => hexWords(each) + suffix,
    );
  }
  return isIPv6(plain) ? [hexWords(ipv6Bytes(plain)) + suffix] : [];
}

/** A table's text; undefined where it is not there: no /proc, or IPv6 is switched off. */
export function readTcpTable(name: "tcp" | "tcp6"): string | undefined {
  try {
    return readFileSync(`/proc/net/${name}`, "latin1");
  } catch {
    return undefined;
  }
}

/** The fields of each line that holds `needle`: the tables of a busy machine have many lines, and one is wanted. */
function rowsWith(text: string, needle: string): string[][] {
  const found: string[][] = [];
  let at = text.indexOf(needle);
  while (at !== -1) {
    const start = text.lastIndexOf("\n", at) + 1;
    const end = text.indexOf("\n", at);
    const line = text.slice(start, end === -1 ? undefined : end);
    found.push(line.trim().split(/\s+/));
    if (end === -1) break;
    at = text.indexOf(needle, end);
  }
  return found;
}

/** sl local rem st queues timer retransmits uid timeout inode (Documentation/networking/proc_net_tcp.rst) */
function rowOf(fields: string[]): SocketRow | undefined {
  const uid = Number(fields[7]);
  const inode = Number(fields[9]);
  return Number.isSafeInteger(uid) && Number.isSafeInteger(inode)
    ? { uid, inode }
    : undefined;
}

/** `:` and the port in hexadecimal. */
export function portKey(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

function hexWords(bytes: Buffer): string {
  const words = Buffer.from(bytes);
  return (endianness() === "LE" ? words.swap32() : words)
    .toString("hex")
    .toUpperCase();
}

function ipv6Bytes(text: string): Buffer {
  // The URL parser writes every form as hexadecimal groups.
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail = ""] = canonical.split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail.split(":").filter(Boolean);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const groups = [...before, ...zeros, ...after];
  return Buffer.from(
    groups.map((each) => each.padStart(4, "0")).join(""),
    "hex",
  );
}
