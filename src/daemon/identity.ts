import {
  findClientSocket,
  type ClientAddress,
} from "../evidence/client-process.js";
import {
  type ProcessInfo,
  processChain,
  readEnviron,
} from "../evidence/process-info.js";
import { findSocketOwner } from "../evidence/socket-owner.js";

/** Who is at the other end of a client's connection, as far as the kernel tells. */
export interface Identity {
  /** The process that holds the socket. */
  owner: ProcessInfo;
  /** From the owner up to init, or to the run's own process. */
  chain: ProcessInfo[];
  environ: Record<string, string> | undefined;
}

/** The user behind a connection of this machine. @returns undefined elsewhere than on Linux, and for a remote client */
export function socketOf(
  connection: ClientAddress,
): Promise<{ uid: number; inode: number } | undefined> {
  return findClientSocket(connection);
}

/**
 * @param socket as `socketOf` gave it
 * @param rootPid the run's process: its descendants are looked at first
 */
export async function identify(
  socket: { uid: number; inode: number },
  rootPid: number | undefined,
): Promise<Identity | undefined> {
  const owner = await findSocketOwner(socket.inode, {
    uid: socket.uid,
    ...(rootPid === undefined ? {} : { rootPid }),
  });
  if (owner === undefined) return undefined;
  const [chain, environ] = await Promise.all([
    processChain(owner.pid, rootPid),
    readEnviron(owner.pid),
  ]);
  return { owner, chain, environ };
}
