import { isIPv6 } from "node:net";

import { processChain, type ProcessInfo, readEnviron } from "./process-info.js";
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

/** The process at the other end, with its ancestors. */
export interface ClientProcess {
  process: ProcessInfo;
  /** From the process up to init, or to `rootPid`. */
  chain: ProcessInfo[];
  /** As it was started with; undefined for another user's. */
  environ: Record<string, string> | undefined;
}

/**
 * The other end of a connection on this machine. Takes some milliseconds on a machine with much memory, whose kernel has a long
 * table: ask in the look-up's thread (client-lookup.ts).
 * @returns undefined where the socket is gone, on another machine or in another network namespace, or there is no /proc
 *   (macOS, Windows). Never throws.
 */
export function findClientSocket(
  connection: ClientAddress,
): SocketRow | undefined {
  // The kernel writes a long table in pieces and may leave out a row when others come and go meanwhile.
  return lookUp(connection) ?? lookUp(connection);
}

function lookUp(connection: ClientAddress): SocketRow | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = connection;
  const ours =
    localAddress === undefined
      ? [portKey(localPort)]
      : socketKeys(localAddress, localPort);
  const keys = socketKeys(remoteAddress, remotePort);
  // One after the other: each costs, and the first one mostly has it.
  const order = isIPv6(remoteAddress)
    ? (["tcp6", "tcp"] as const)
    : (["tcp", "tcp6"] as const);
  for (const name of order) {
    const text = readTcpTable(name) ?? "";
    for (const key of keys) {
      const row = rowOfConnection(text, key, ours);
      // Rows of closed sockets (TIME_WAIT, FIN_WAIT) say inode 0 and user 0, whoever had them.
      if (row !== undefined && row.inode !== 0) return row;
    }
  }
  return undefined;
}

/**
 * The process that holds a client's socket, and where it comes from.
 * @param socket as `findClientSocket` gave it
 * @param rootPid look among its descendants first, and end the chain there
 * @returns undefined where nobody holds it any more, and where the process is another user's. Never throws.
 */
export function findClientProcess(
  socket: SocketRow,
  rootPid?: number,
): ClientProcess | undefined {
  const process = findSocketOwner(socket.inode, {
    uid: socket.uid,
    ...(rootPid === undefined ? {} : { rootPid }),
  });
  if (process === undefined) return undefined;
  // The chain first: a git that go has started may be over in a moment, and its children are then init's.
  const chain = processChain(process.pid, rootPid);
  return {
    process,
    // Gone within this moment: what was read of it before still counts.
    chain: chain[0]?.pid === process.pid ? chain : [process, ...chain],
    environ: readEnviron(process.pid),
  };
}
