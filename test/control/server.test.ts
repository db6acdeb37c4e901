import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { controlClient } from "../../src/control/client.js";
import type { ControlHandlers } from "../../src/control/handlers.js";
import type { RunRegistration } from "../../src/control/protocol.js";
import { startControlServer } from "../../src/control/server.js";
import { GotapError } from "../../src/model/failure.js";
import {
  sampleBreaker,
  sampleHandlers,
  sampleStatus,
} from "./sample-handlers.js";

let root: string;
let socketFile: string;
let close: (() => Promise<void>)[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gotap-control-"));
  socketFile = join(root, "run", "1.sock");
  close = [];
});
afterEach(async () => {
  await Promise.all(close.map((one) => one()));
  rmSync(root, { recursive: true, force: true });
});

async function serve(changes: Partial<ControlHandlers> = {}) {
  const server = await startControlServer({
    socketFile,
    handlers: sampleHandlers(changes),
    version: "1.2.3",
  });
  close.push(() => server.close());
  return server;
}

/** Everything that comes back for these bytes, until the other side closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(socketFile, () => socket.write(bytes));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

function post(path: string, body: string, method = "POST"): Promise<string> {
  return raw(
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

describe("the socket", () => {
  it("is for this user alone, and gone after close", async () => {
    const server = await serve();
    expect(statSync(socketFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "run")).mode & 0o777).toBe(0o700);
    await server.close();
    expect(existsSync(socketFile)).toBe(false);
  });

  it("is not made in a folder that others can enter", async () => {
    mkdirSync(join(root, "run"));
    chmodSync(join(root, "run"), 0o755);
    await expect(serve()).rejects.toMatchObject({ code: "CONTROL_FOLDER" });
  });

  it("is not made where no folder can be", async () => {
    writeFileSync(join(root, "run"), "a file");
    await expect(serve()).rejects.toThrow(GotapError);
  });

  it("takes the place of one that a killed process left, never of a living one", async () => {
    const first = await serve();
    await expect(serve()).rejects.toMatchObject({ code: "CONTROL_SOCKET" });
    await expect(controlClient(socketFile).status()).resolves.toBeDefined();
    await first.close();
    mkdirSync(join(root, "run"), { recursive: true });
    writeFileSync(socketFile, ""); // A file that refuses connections as a dead socket does.
    await serve();
    await expect(controlClient(socketFile).status()).resolves.toBeDefined();
  });
});

describe("the routes", () => {
  const registration: RunRegistration = {
    command: ["go", "mod", "download"],
    cwd: "/src",
    pid: 7,
    intercept: true,
    traceparent: "00-x",
    upstream: { https: "http://proxy.corp.example:3128" },
    noProxy: ".corp.example",
  };

  it("give what the handlers give, with the version", async () => {
    const seen: unknown[] = [];
    await serve({
      beginRun: (received) => {
        seen.push(received);
        return sampleHandlers().beginRun(received);
      },
      endRun: (runId, end) => {
        seen.push(runId, end);
        return sampleHandlers().endRun(runId, end);
      },
    });
    const client = controlClient(socketFile);
    expect(await client.status()).toEqual(sampleStatus());
    expect(await client.bundles({ PIP_CERT: "/old.pem" })).toEqual({
      PIP_CERT: "/old.pem",
      SSL_CERT_FILE: "/bundles/merged.pem",
    });
    expect(await client.beginRun(registration)).toMatchObject({
      version: "1.2.3",
      runId: "00000000000000aa",
    });
    expect(
      await client.endRun("aa", { exitCode: 1, signal: "SIGKILL" }),
    ).toEqual({
      version: "1.2.3",
      records: { traceId: "aa", sessions: [], exchanges: [] },
    });
    expect((await client.run("bb")).records.traceId).toBe("bb");
    expect(seen).toEqual([
      registration,
      "aa",
      { exitCode: 1, signal: "SIGKILL" },
    ]);
  });

  it("show, open, close and reset breakers", async () => {
    await serve({
      closeBreaker: (name) => {
        throw new GotapError("NO_BREAKER", `there is no ${name}`, "look");
      },
    });
    const client = controlClient(socketFile);
    expect(await client.breakers()).toEqual([sampleBreaker()]);
    expect(await client.openBreaker("way socks")).toEqual(
      sampleBreaker({
        name: "way socks",
        state: "open",
        forced: true,
        rule: "by hand",
      }),
    );
    await expect(client.closeBreaker("way x")).rejects.toMatchObject({
      code: "NO_BREAKER",
      message: "there is no way x",
      hint: "look",
    });
    expect(await client.resetBreakers()).toEqual([sampleBreaker()]);
    expect(await post("/breakers", "{}")).toContain(" 405 ");
  });

  it("stop only once the answer was sent", async () => {
    let stopped: (timeoutMs: number) => void = () => {};
    const called = new Promise<number>((resolve) => (stopped = resolve));
    const server = await serve({
      stop: (timeoutMs) => {
        void server.close();
        stopped(timeoutMs);
      },
    });
    await controlClient(socketFile).stop(250);
    expect(await called).toBe(250);
  });

  it("refuse what they do not know, as JSON with the version", async () => {
    await serve();
    const client = controlClient(socketFile);
    await expect(client.run("gone")).rejects.toMatchObject({ code: "NO_RUN" });
    const unknown = await post("/nothing", "");
    expect(unknown).toContain(" 404 ");
    expect(unknown).toContain('"version":"1.2.3"');
    expect(unknown).toContain("there is nothing at /nothing");
    expect(await post("/status", "", "DELETE")).toContain(" 405 ");
    expect(await post("/runs/../status", "{}")).toContain(" 404 ");
  });

  it.each([
    ["/stop", "{"],
    ["/stop", "null"],
    ["/stop", '{"timeoutMs":-1}'],
    ["/stop", '{"timeoutMs":"1s"}'],
    ["/bundles", '{"previous":{"PIP_CERT":1}}'],
    ["/runs", "[]"],
    ["/runs", '{"command":"go","cwd":"/","pid":1,"intercept":true}'],
    [
      "/runs",
      '{"command":[],"cwd":"/","pid":1,"intercept":true,"upstream":{"https":5}}',
    ],
    ["/breakers/open", "{}"],
    ["/breakers/close", '{"name":7}'],
    ["/runs/a/end", '{"exitCode":"0"}'],
  ])("refuse a bad body: %s %s", async (path, body) => {
    await serve();
    const answer = await post(path, body);
    expect(answer).toContain(" 400 ");
    expect(answer).toContain('"BAD_REQUEST"');
  });
});

describe("a peer", () => {
  it("that sends too much is refused before the handler is asked", async () => {
    await serve({
      beginRun: () => {
        throw new Error("asked");
      },
    });
    const answer = await post("/runs", `"${"x".repeat(1 << 20)}"`);
    expect(answer).toContain(" 413 ");
  });

  it("that speaks no HTTP, goes away or meets a bug leaves the server alive", async () => {
    await serve({
      beginRun: () => {
        throw new Error("a bug");
      },
      run: () => {
        throw new GotapError("BUSY", "not now", "wait a second");
      },
    });
    const client = controlClient(socketFile);
    await raw("\u0016\u0003\u0001 no http\r\n\r\n");
    await raw("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const socket = connect(socketFile);
    socket.write("POST /runs HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await expect(
      client.beginRun({ command: [], cwd: "/", pid: 1, intercept: true }),
    ).rejects.toMatchObject({ code: "INTERNAL" });
    await expect(client.run("x")).rejects.toMatchObject({
      code: "BUSY",
      message: "not now",
      hint: "wait a second",
    });
    expect((await client.status()).pid).toBe(process.pid);
  });
});
