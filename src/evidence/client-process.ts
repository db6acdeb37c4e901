import { isIPv6 } from "node:net";

import type { ProcessInfo } from "./process-info.js";
import {
  portKey,
  readTcpTable,
  rowOfConnection,
  type SocketRow,
  socketKeys,
} from "./proc-net.js";
import { findSocketOwner } from "./socket-owner.js";

/** What the kernel says of a client: loopback connections only have both ends in its tables. */
export interface ClientAddress {
  remoteAddress: string;
  remotePort: number;
  localPort: number;
  /** gotap's end. Without it a row with the same port at another of this machine's addresses would do. */
  localAddress?: string;
}

export interface ClientProcess {
  process: ProcessInfo;
  /** Of the socket: the user who made it. */
  uid: number;
  inode: number;
}

/**
 * The other end of a connection on this machine. Takes about a millisecond, off the event loop.
 * @returns undefined where the socket is gone, on another machine or in another network namespace, or there is no /proc
 *   (macOS, Windows). Never throws.
 */
export async function findClientSocket(
  connection: ClientAddress,
): Promise<SocketRow | undefined> {
  // The kernel writes a long table in pieces and may leave out a row when others come and go meanwhile.
  return (await lookUp(connection)) ?? lookUp(connection);
}

async function lookUp(
  connection: ClientAddress,
): Promise<SocketRow | undefined> {
  const { remoteAddress, remotePort, localAddress, localPort } = connection;
  const ours =
    localAddress === undefined
      ? [portKey(localPort)]
      : socketKeys(localAddress, localPort);
  const keys = socketKeys(remoteAddress, remotePort);
  // One after the other: on a machine with much memory each costs the kernel milliseconds, and the first one mostly has it.
  for (const table of isIPv6(remoteAddress) ? [ipv6, ipv4] : [ipv4, ipv6]) {
    const text = (await table()) ?? "";
    for (const key of keys) {
      const row = rowOfConnection(text, key, ours);
      // Rows of closed sockets (TIME_WAIT, FIN_WAIT) say inode 0 and user 0, whoever had them.
      if (row !== undefined && row.inode !== 0) return row;
    }
  }
  return undefined;
}

/**
 * The process at the other end of a connection on this machine.
 * @param hints `rootPid`: look among its descendants first
 * @returns undefined as `findClientSocket`, and where the process is another user's. Never throws.
 */
export async function findClientProcess(
  connection: ClientAddress,
  hints: { rootPid?: number } = {},
): Promise<ClientProcess | undefined> {
  const socket = await findClientSocket(connection);
  if (socket === undefined) return undefined;
  const process = await findSocketOwner(socket.inode, {
    ...hints,
    uid: socket.uid,
  });
  return process === undefined ? undefined : { ...socket, process };
}

type Read = () => Promise<string | undefined>;

/** Callers at the same time share one reading, but never one that began before they asked: their socket may be younger. */
function shared(read: Read): Read {
  let reading: Promise<string | undefined> | undefined;
  let next: Promise<string | undefined> | undefined;
  const fromNowOn: Read = async () => {
    if (reading === undefined) {
      reading = read().finally(() => {
        reading = undefined;
      });
      return reading;
    }
    next ??= reading.then(async () => {
      next = undefined;
      return fromNowOn();
    });
    return next;
  };
  return fromNowOn;
}

const ipv4 = shared(() => readTcpTable("tcp"));
const ipv6 = shared(() => readTcpTable("tcp6"));
