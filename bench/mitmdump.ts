import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";

import { startChild } from "../test/support/child.js";
import { waitFor } from "../test/support/wait-for.js";

export interface Mitmdump {
  port: number;
  pid: number;
  /** Its CA's certificate. */
  caFile: string;
  stop(): void;
}

export function findMitmdump(): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "mitmdump"))
    .find((path) => existsSync(path));
}

/** mitmproxy as a peer: the same names lead to this machine, the same authority is trusted, certificates are made per host. */
export async function startMitmdump(
  program: string,
  folder: string,
  trustedCa: string,
): Promise<Mitmdump> {
  const port = await freePort();
  const options = {
    confdir: folder,
    connection_strategy: "lazy",
    upstream_cert: "false",
    ssl_verify_upstream_trusted_ca: trustedCa,
    stream_large_bodies: "1m",
    map_remote: "|//[^/]+\\.test:|//127.0.0.1:",
  };
  const child = startChild(
    program,
    [
      "--quiet",
      "--listen-host",
      "127.0.0.1",
      "--listen-port",
      String(port),
      ...Object.entries(options).flatMap(([name, value]) => [
        "--set",
        `${name}=${value}`,
      ]),
    ],
    { env: { PATH: process.env["PATH"], HOME: folder } },
  );
  const caFile = join(folder, "mitmproxy-ca-cert.pem");
  await waitFor("mitmdump", () => existsSync(caFile) && canConnect(port));
  return { port, pid: child.pid, caFile, stop: () => child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
