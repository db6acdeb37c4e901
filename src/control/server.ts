import { chmodSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";

import { GotapError } from "../model/failure.js";
import type { ControlHandlers } from "./handlers.js";
import { readJsonBody } from "./json-body.js";
import { answerTo } from "./routes.js";
import { makeSocketFolder, socketAddress } from "./socket-folder.js";

export interface ControlServerOptions {
  /** `RUNTIME/PID.sock` (see `Folders.runtime`); its folder is made where it is missing. */
  socketFile: string;
  handlers: ControlHandlers;
  /** Stands in every answer. */
  version: string;
}

/**
 * Listens on a unix socket that this user alone can reach (0600 in a folder 0700), on Windows on a named pipe; never on TCP.
 * Afterwards `findDaemons` finds it. `close` ends open connections and removes the socket.
 * @throws GotapError CONTROL_FOLDER, CONTROL_SOCKET
 */
export async function startControlServer(
  options: ControlServerOptions,
): Promise<{ close(): Promise<void> }> {
  const { socketFile, version } = options;
  makeSocketFolder(dirname(socketFile));
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 },
    (request, response) => {
      // An unheard error of either would end the process; the connection is gone then, and there is nobody to tell.
      request.on("error", () => {});
      response.on("error", () => {});
      void answer(request, response, options);
    },
  );
  server.on("clientError", (_error, socket) => socket.destroy());
  await listen(server, socketFile);
  server.on("error", () => {}); // Of accept(2): the next one may work.
  if (process.platform === "win32") writeFileSync(socketFile, version);
  else chmodSync(socketFile, 0o600);
  return {
    async close() {
      rmSync(socketFile, { force: true });
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(
  server: ReturnType<typeof createServer>,
  socketFile: string,
): Promise<void> {
  // Left behind by a process of the same number that was killed.
  if (await isDead(socketFile)) rmSync(socketFile, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new GotapError(
          "CONTROL_SOCKET",
          `cannot listen on the control socket ${socketFile}: ${error.message}`,
          "set GOTAP_HOME to a folder with a short path on a local disk",
          1,
          { cause: error },
        ),
      );
    });
    server.listen(socketAddress(socketFile), () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function isDead(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketAddress(socketFile));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ECONNREFUSED");
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { handlers, version }: ControlServerOptions,
): Promise<void> {
  const body = await readJsonBody(request);
  const { status, content, afterwards } = body.ok
    ? await answerTo(
        request.method ?? "",
        request.url ?? "",
        body.value,
        handlers,
      )
    : body.refusal;
  if (afterwards !== undefined) response.once("close", afterwards);
  const text = JSON.stringify({ version, ...content });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    // What was not read of a refused body is in the way of a next request.
    ...(body.ok ? {} : { connection: "close" }),
  });
  response.end(text);
}
