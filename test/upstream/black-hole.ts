import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const LISTEN_AND_SLEEP = `
const server = require("node:net").createServer();
server.listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => {
  require("node:fs").writeSync(1, "ready");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/**
 * Makes an address drop every SYN: a process listens there and accepts nothing, and its queue is full.
 * @returns what ends it
 */
export async function blackHole(
  host: string,
  port: number,
): Promise<() => void> {
  const child = spawn(
    process.execPath,
    ["-e", LISTEN_AND_SLEEP, host, String(port)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  const held: Socket[] = [];
  for (let i = 0; i < 2; i++) {
    const socket = connect({ host, port });
    socket.on("error", () => {});
    held.push(socket);
    await once(socket, "connect");
  }
  return () => {
    for (const socket of held) socket.destroy();
    child.kill("SIGKILL");
  };
}
