import {
  type ClientAddress,
  findClientSocket,
} from "../evidence/client-process.js";
import {
  processChain,
  type ProcessInfo,
  readEnviron,
} from "../evidence/process-info.js";
import type { SocketRow } from "../evidence/proc-net.js";
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

/** A look at one connection; each part is read when it is first asked for, and once. Nothing here rejects. */
export class Look {
  #socket: Promise<SocketRow | undefined> | undefined;
  #parts: Promise<Parts | undefined> | undefined;

  /** @param rootPid the run's process: its descendants are looked at first, and the chain ends there */
  constructor(
    private readonly connection: ClientAddress,
    private readonly rootPid: number | undefined,
  ) {}

  /** The user behind the socket; undefined elsewhere than on Linux, and for a remote client. Some milliseconds. */
  async uid(): Promise<number | undefined> {
    return (await this.socket())?.uid;
  }

  /** Some milliseconds more. */
  async client(): Promise<Client | undefined> {
    const parts = await this.parts();
    return parts && { process: parts.process, environ: await parts.environ };
  }

  /** The whole, for the record. */
  async identity(): Promise<Identity | undefined> {
    const parts = await this.parts();
    if (parts === undefined) return undefined;
    const { process } = parts;
    return { process, environ: await parts.environ, chain: await parts.chain };
  }

  private socket(): Promise<SocketRow | undefined> {
    this.#socket ??= findClientSocket(this.connection);
    return this.#socket;
  }

  private parts(): Promise<Parts | undefined> {
    this.#parts ??= this.readParts();
    return this.#parts;
  }

  private async readParts(): Promise<Parts | undefined> {
    const row = await this.socket();
    if (row === undefined) return undefined;
    const { rootPid } = this;
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
  }
}

interface Parts {
  process: ProcessInfo;
  chain: Promise<ProcessInfo[]>;
  environ: Promise<Record<string, string> | undefined>;
}
