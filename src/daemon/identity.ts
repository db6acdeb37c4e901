import {
  type ClientAddress,
  findClientSocket,
} from "../evidence/client-process.js";
import {
  processChain,
  type ProcessInfo,
  readEnviron,
} from "../evidence/process-info.js";
import { findSocketOwner } from "../evidence/socket-owner.js";

/** The process that holds a client's socket. */
export interface Client {
  process: ProcessInfo;
  /** As it was started with; undefined for another user's. */
  environ: Record<string, string> | undefined;
}

/** Who is at the other end of a client's connection, as far as the kernel tells. */
export interface Identity extends Client {
  /** From the process up to init, or to the run's own process. */
  chain: ProcessInfo[];
}

/** A look at one connection. What takes longer comes later; nothing here rejects. */
export interface Look {
  /** The user behind the socket; undefined elsewhere than on Linux, and for a remote client. Some milliseconds. */
  uid: Promise<number | undefined>;
  /** Some milliseconds more. */
  client: Promise<Client | undefined>;
  /** The whole, for the record. */
  identity: Promise<Identity | undefined>;
}

/**
 * @param rootPid the run's process: its descendants are looked at first, and the chain ends there
 */
export function lookAt(
  connection: ClientAddress,
  rootPid: number | undefined,
): Look {
  const socket = findClientSocket(connection);
  const found = socket.then(async (row) => {
    if (row === undefined) return undefined;
    const process = await findSocketOwner(row.inode, {
      uid: row.uid,
      ...(rootPid === undefined ? {} : { rootPid }),
    });
    if (process === undefined) return undefined;
    // At once, and beside each other: a git that go has started may be over before we have read all of it.
    return {
      process,
      chain: processChain(process.pid, rootPid),
      environ: readEnviron(process.pid),
    };
  });
  const client = found.then(
    async (one) => one && { process: one.process, environ: await one.environ },
  );
  const identity = found.then(
    async (one) =>
      one && {
        process: one.process,
        environ: await one.environ,
        chain: await one.chain,
      },
  );
  return { uid: socket.then((row) => row?.uid), client, identity };
}
