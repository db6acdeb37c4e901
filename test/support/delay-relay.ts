import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface DelayRelay {
  port: number;
  close(): Promise<void>;
}

/** So many bytes may be on their way in one direction before the sender is held back: a long fat pipe, not an endless one. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

/**
 * A line of a given length: every byte arrives `oneWayMs` after it was sent, in each direction. TCP's own handshake is not
 * delayed by a relay, so the first bytes of a connection wait one round trip more, as they would behind a real handshake.
 */
export async function startDelayRelay(
  target: { port: number },
  oneWayMs: number,
): Promise<DelayRelay> {
  const open = new Set<Socket>();
  const server = createServer(
    { noDelay: true, allowHalfOpen: true },
    (client) => {
      const upstream = connect({
        port: target.port,
        host: "127.0.0.1",
        noDelay: true,
        allowHalfOpen: true,
      });
      for (const socket of [client, upstream]) {
        open.add(socket);
        socket.on("close", () => open.delete(socket));
        socket.on("error", () => {
          client.destroy();
          upstream.destroy();
        });
      }
      delay(client, upstream, oneWayMs, performance.now() + 2 * oneWayMs);
      delay(upstream, client, oneWayMs, 0);
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** @param notBeforeMs nothing leaves before this instant plus the delay */
function delay(
  from: Socket,
  to: Socket,
  oneWayMs: number,
  notBeforeMs: number,
): void {
  const queue: { dueMs: number; chunk: Buffer | undefined }[] = [];
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    const nowMs = performance.now();
    while (queue[0] !== undefined && queue[0].dueMs <= nowMs) {
      const { chunk } = queue.shift() ?? {};
      if (chunk === undefined) to.end();
      else {
        inFlight -= chunk.length;
        if (!to.destroyed) to.write(chunk);
      }
    }
    if (inFlight < MAX_IN_FLIGHT && to.writableLength < MAX_IN_FLIGHT)
      from.resume();
    arm();
  };
  const arm = (): void => {
    const next = queue[0];
    if (next === undefined || timer !== undefined) return;
    timer = setTimeout(deliver, Math.max(0, next.dueMs - performance.now()));
  };
  const take = (chunk: Buffer | undefined): void => {
    queue.push({
      dueMs: Math.max(performance.now(), notBeforeMs) + oneWayMs,
      chunk,
    });
    arm();
  };
  from.on("data", (chunk: Buffer) => {
    inFlight += chunk.length;
    if (inFlight >= MAX_IN_FLIGHT || to.writableLength >= MAX_IN_FLIGHT)
      from.pause();
    take(chunk);
  });
  to.on("drain", () => {
    if (inFlight < MAX_IN_FLIGHT) from.resume();
  });
  from.on("end", () => take(undefined));
  from.on("close", () => take(undefined));
}
