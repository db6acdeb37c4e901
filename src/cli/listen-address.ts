import { GotapError } from "../model/failure.js";

/** A daemon that listens on every address is reached on this machine's own. */
export function reachable(listen: string): { host: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(listen);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined)
    throw new GotapError(
      "DAEMON_SILENT",
      "the daemon does not say where it listens",
    );
  const anywhere: Record<string, string> = {
    "0.0.0.0": "127.0.0.1",
    "::": "::1",
  };
  return { host: anywhere[host] ?? host, port: Number(match?.[3]) };
}
