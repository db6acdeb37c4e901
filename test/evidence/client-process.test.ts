import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  type ClientProcess,
  type ClientAddress,
  findClientProcess,
  findClientSocket,
} from "../../src/evidence/client-process.js";
import { portHolder } from "../../src/evidence/port-holder.js";
import { findSocketOwner } from "../../src/evidence/socket-owner.js";
import { startedNode } from "./child.js";
import { onLinux } from "./linux.js";

async function listening(
  host: string,
): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** A process of its own that connects and stays; `depth` of them, each the parent of the next. */
async function clientOf(host: string, port: number, script = connecting) {
  return startedNode(script, {
    env: { ...process.env, HOST: host, PORT: String(port) },
  });
}

const connecting = `
  const socket = require("node:net").connect(process.env.PORT, process.env.HOST);
  socket.on("connect", () => console.log(process.pid));
  socket.on("error", () => {});`;

const grandchild = `
  const { spawn } = require("node:child_process");
  spawn(process.execPath, ["-e", ${JSON.stringify(connecting)}], { stdio: "inherit" });`;

async function accepted(server: Server): Promise<Socket> {
  const [socket] = (await once(server, "connection")) as [Socket];
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

function addressOf(socket: Socket): ClientAddress {
  const { remoteAddress = "", remotePort = 0, localPort = 0 } = socket;
  return { remoteAddress, remotePort, localPort };
}

const NOBODY = 65_534;
/** Only root can start a process as somebody else, and Node may lie where others cannot reach it. */
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ["-v"], { uid: NOBODY, cwd: "/" }).status === 0;

function clientAt(
  address: ClientAddress,
  rootPid?: number,
): ClientProcess | undefined {
  const socket = findClientSocket(address);
  return socket && findClientProcess(socket, rootPid);
}

describe.runIf(onLinux)("findClientProcess", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "127.0.0.1"], // seen as ::ffff:127.0.0.1
    ["::", "::ffff:127.0.0.1"],
  ])("listening on %s finds who connects to %s", async (on, to) => {
    const { server, port } = await listening(on);
    const connection = accepted(server);
    const { pid } = await clientOf(to, port);
    const address = addressOf(await connection);
    const socket = findClientSocket(address);
    expect(socket?.uid).toBe(process.getuid?.());
    const found = clientAt(address);
    expect(found?.process.pid).toBe(pid);
    expect(found?.process.argv[0]).toBe(process.execPath);
    expect(found?.environ).toMatchObject({ PORT: String(port) });
    expect(found?.chain.map((one) => one.pid)).toContain(process.pid);
    const localAddress = (await connection).localAddress ?? "";
    const again = findClientSocket({ ...address, localAddress });
    expect(again?.inode).toBe(socket?.inode);
  });

  it("finds a grandchild, with and without the hint of its root", async () => {
    const { server, port } = await listening("127.0.0.1");
    const connection = accepted(server);
    const { pid: root, line } = await clientOf("127.0.0.1", port, grandchild);
    const address = addressOf(await connection);
    expect(Number(line)).not.toBe(root);
    for (const rootPid of [undefined, root, 2 ** 22 + 1]) {
      const found = clientAt(address, rootPid);
      expect(found?.process.pid).toBe(Number(line));
      expect(found?.process.ppid).toBe(root);
    }
    process.kill(Number(line), "SIGKILL");
  });

  it("tells many clients at once apart", async () => {
    const { server, port } = await listening("127.0.0.1");
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    const clients = await Promise.all(
      Array.from({ length: 4 }, () => clientOf("127.0.0.1", port)),
    );
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
    const found = sockets.map((socket) => clientAt(addressOf(socket)));
    expect(new Set(found.map((each) => each?.process.pid))).toEqual(
      new Set(clients.map(({ pid }) => pid)),
    );
  });

  it("finds nobody behind a connection that is closed or never was", async () => {
    const { server, port } = await listening("127.0.0.1");
    const connection = accepted(server);
    const { child } = await clientOf("127.0.0.1", port);
    const socket = await connection;
    const address = addressOf(socket);
    const known = findClientSocket(address);
    child.kill("SIGKILL");
    await once(socket.resume(), "close");
    expect(clientAt(address)).toBeUndefined();
    expect(findSocketOwner(known?.inode ?? 0)).toBeUndefined();
    expect(
      findClientSocket({ ...address, remoteAddress: "192.0.2.1" }),
    ).toBeUndefined();
    expect(
      findClientSocket({ ...address, remoteAddress: "nonsense" }),
    ).toBeUndefined();
  });

  it.runIf(canBeNobody)(
    "says which user a client belongs to, and looks at no other's processes",
    async () => {
      const { server, port } = await listening("127.0.0.1");
      const connection = accepted(server);
      const { pid } = await startedNode(connecting, {
        cwd: "/",
        env: { HOST: "127.0.0.1", PORT: String(port) },
        uid: NOBODY,
      });
      const address = addressOf(await connection);
      expect(clientAt(address)).toMatchObject({
        process: { pid, uid: NOBODY },
      });
      const socket = findClientSocket(address);
      expect(socket?.uid).toBe(NOBODY);
      const inode = socket?.inode ?? 0;
      expect(findSocketOwner(inode, { uid: NOBODY - 1 })).toBeUndefined();
    },
  );
});

describe.runIf(onLinux)("portHolder", () => {
  it.each(["127.0.0.1", "::"])("names who listens on %s", async (host) => {
    const { line, pid } = await startedNode(
      `const s = require("node:net").createServer().listen(0, process.env.HOST, () => console.log(s.address().port));`,
      { env: { ...process.env, HOST: host } },
    );
    const holder = portHolder(Number(line));
    expect(holder?.pid).toBe(pid);
    expect(holder?.command).toBe("node");
  });

  it("is undefined for a port that is free", async () => {
    const { server, port } = await listening("127.0.0.1");
    expect(portHolder(port)?.pid).toBe(process.pid);
    server.close();
    await once(server, "close");
    expect(portHolder(port)).toBeUndefined();
  });
});

it.skipIf(onLinux)(
  "without /proc nobody is found, and nothing is thrown",
  async () => {
    const nobody = { remoteAddress: "127.0.0.1", remotePort: 1, localPort: 2 };
    expect(clientAt(nobody)).toBeUndefined();
    expect(portHolder(2)).toBeUndefined();
  },
);
