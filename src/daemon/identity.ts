import type { ClientLookup } from "../evidence/client-lookup.js";
import type {
  ClientAddress,
  ClientProcess,
} from "../evidence/client-process.js";
import type { SocketRow } from "../evidence/proc-net.js";

/** Who is at the other end of a client's connection, as far as the kernel tells. */
export type Identity = ClientProcess;

/** A look at one connection; each part is asked for when it is first wanted, and once. Nothing here rejects. */
export class Look {
  #socket: Promise<SocketRow | undefined> | undefined;
  #identity: Promise<Identity | undefined> | undefined;

  /** @param rootPid the run's process: its descendants are looked at first, and the chain ends there */
  constructor(
    private readonly lookup: ClientLookup,
    private readonly connection: ClientAddress,
    private readonly rootPid: number | undefined,
  ) {}

  /** The user behind the socket; undefined elsewhere than on Linux, and for a remote client. Some milliseconds. */
  async uid(): Promise<number | undefined> {
    return (await this.socket())?.uid;
  }

  /** Some milliseconds more. */
  identity(): Promise<Identity | undefined> {
    this.#identity ??= this.socket().then((socket) =>
      socket === undefined
        ? undefined
        : this.lookup.process(socket, this.rootPid),
    );
    return this.#identity;
  }

  private socket(): Promise<SocketRow | undefined> {
    this.#socket ??= this.lookup.socket(this.connection);
    return this.#socket;
  }
}
