import type { Server } from "node:net";
import type { AddressInfo } from "node:net";

import { GotapError } from "../model/failure.js";
import { errorCode } from "./error-listeners.js";

export interface ListenAddress {
  host: string;
  /** 0: a free one. */
  port: number;
}

/** How often a free port is looked for that is free on ::1 too. */
const TRIES = 5;

/** Who has the port, for people: `gotap daemon, pid 4711`; undefined where nobody knows. */
export type Holder = (
  address: ListenAddress,
) => string | undefined | Promise<string | undefined>;

/**
 * Binds every address; 127.0.0.1 also ::1 with the same port, where the machine has it: a client that is told `localhost` may
 * take either.
 * @param makeServer makes one server for one address
 * @returns the servers in the order of `listen`, each with its real port
 * @throws GotapError PORT_IN_USE, PORT_NOT_ALLOWED, ADDRESS_NOT_AVAILABLE or LISTEN_FAILED; then nothing stays bound
 */
export async function bindAll<S extends Server>(
  listen: readonly ListenAddress[],
  makeServer: () => S,
  holder: Holder = () => undefined,
): Promise<{ server: S; address: ListenAddress }[]> {
  const bound: { server: S; address: ListenAddress }[] = [];
  try {
    for (const wanted of listen)
      bound.push(...(await bindOne(wanted, makeServer, holder)));
    return bound;
  } catch (error) {
    for (const { server } of bound) server.close();
    throw error;
  }
}

async function bindOne<S extends Server>(
  wanted: ListenAddress,
  makeServer: () => S,
  holder: Holder,
): Promise<{ server: S; address: ListenAddress }[]> {
  for (let left = TRIES; ; left--) {
    const server = makeServer();
    const first = await listenOn(server, wanted);
    if ("error" in first) throw await listenError(first.error, wanted, holder);
    const one = { server, address: first };
    if (wanted.host !== "127.0.0.1") return [one];
    const twin = makeServer();
    const second = await listenOn(twin, { host: "::1", port: first.port });
    if (!("error" in second)) return [one, { server: twin, address: second }];
    if (errorCode(second.error) !== "EADDRINUSE") return [one];
    if (wanted.port !== 0) {
      server.close();
      throw await listenError(
        second.error,
        { host: "::1", port: first.port },
        holder,
      );
    }
    if (left <= 1) return [one];
    server.close();
  }
}

function listenOn(
  server: Server,
  { host, port }: ListenAddress,
): Promise<ListenAddress | { error: Error }> {
  return new Promise((resolve) => {
    const onError = (error: Error): void => {
      resolve({ error });
    };
    server.once("error", onError);
    // Without `exclusive: false` of a cluster: never a port shared with another gotap.
    server.listen({ host, port, ipv6Only: host.includes(":") }, () => {
      server.off("error", onError);
      const bound = server.address() as AddressInfo;
      resolve({ host, port: bound.port });
    });
  });
}

async function listenError(
  error: Error,
  address: ListenAddress,
  holder: Holder,
): Promise<GotapError> {
  const name = address.host.includes(":") ? `[${address.host}]` : address.host;
  const place = `${name}:${address.port}`;
  const options = { cause: error };
  switch (errorCode(error)) {
    case "EADDRINUSE": {
      const by = await holder(address);
      return new GotapError(
        "PORT_IN_USE",
        `${place} is in use${by === undefined ? "" : ` by ${by}`}`,
        `gotap status shows whether a daemon is running; another port: gotap daemon --listen 127.0.0.1:${nextPort(address.port)}`,
        1,
        options,
      );
    }
    case "EACCES":
      return new GotapError(
        "PORT_NOT_ALLOWED",
        `this user may not listen on ${place}`,
        "take a port above 1023: gotap daemon --listen 127.0.0.1:9090",
        1,
        options,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new GotapError(
        "ADDRESS_NOT_AVAILABLE",
        `${address.host} is no address of this machine`,
        "listen on loopback: gotap daemon --listen 127.0.0.1:9090",
        1,
        options,
      );
    default:
      return new GotapError(
        "LISTEN_FAILED",
        `cannot listen on ${place}: ${errorCode(error)}`,
        undefined,
        1,
        options,
      );
  }
}

function nextPort(port: number): number {
  return port < 65_535 ? port + 1 : 0;
}
