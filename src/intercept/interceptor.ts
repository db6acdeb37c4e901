import { networkInterfaces } from "node:os";

import { bindAll, type ListenAddress } from "./bind.js";
import { ConnectionTable } from "./connection-table.js";
import type {
  Intercepting,
  Interceptor,
  InterceptorOptions,
} from "./interceptor-options.js";
import { DEFAULT_LIMITS } from "./limits.js";

export type { Interceptor, InterceptorOptions } from "./interceptor-options.js";

/**
 * Binds the proxy's port and serves its clients: CONNECT, TLS with our certificates, HTTP/2 and HTTP/1.1 inside, plain-HTTP
 * forward requests, the GOPROXY front and tunnels (SPEC §2, §8).
 * @throws GotapError where an address cannot be bound (bind.ts)
 */
export async function startInterceptor(
  options: InterceptorOptions,
): Promise<Interceptor> {
  const { listen, holder, ...rest } = options;
  const wanted = Array.isArray(listen)
    ? (listen as readonly ListenAddress[])
    : [listen as ListenAddress];
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const own = { ports: [] as number[], addresses: [] as string[] };
  const context: Intercepting = { ...rest, limits, own };
  const table = new ConnectionTable(
    options.clock,
    options.log,
    limits,
    (connection) => {
      options.onConnectionClosed(connection);
    },
  );
  // http-mitm-proxy with all it imports: loaded only where a proxy starts.
  const { ProxyPort } = await import("./proxy-port.js");
  const port = new ProxyPort(context, table);
  const bound = await bindAll(wanted, () => port.createServer(), holder);
  const addresses = bound.map(({ address }) => address);
  own.ports.push(...addresses.map((address) => address.port));
  own.addresses.push(...addresses.flatMap(({ host }) => reachableAs(host)));

  return {
    addresses,
    connections: () => table.size,
    async close(graceMs) {
      for (const { server } of bound) server.close();
      await table.drain(graceMs);
    },
  };
}

/** The addresses under which a bound one is reached. */
function reachableAs(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [host];
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
}
