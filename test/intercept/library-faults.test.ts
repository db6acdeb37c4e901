import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import http from "node:http";
import net from "node:net";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { bindAll } from "../../src/intercept/bind.js";
import { Shell } from "../../src/intercept/shell.js";
import { GotapError } from "../../src/model/failure.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { dial, type Rig, startRig, tlsThrough } from "./rig.js";

// FACTS L1: what http-mitm-proxy does wrong, and that none of it reaches a user.

let rig: Rig;
let folder: string;
const home = process.cwd();
beforeAll(async () => {
  folder = makeFolder("working-directory");
  process.chdir(folder);
  rig = await startRig();
});
afterAll(async () => {
  process.chdir(home);
  removeFolder(folder);
  await rig.end();
});

describe("http-mitm-proxy's faults", () => {
  it("1: no certificate authority in the working directory, no negative serial", async () => {
    for (let i = 0; i < 20; i++) {
      const secure = await tlsThrough(rig, ["h2"], `host${i}.example:443`);
      const { raw } = secure.getPeerCertificate();
      secure.destroy();
      const serial = execFileSync(
        "openssl",
        ["x509", "-inform", "DER", "-noout", "-serial"],
        { input: raw, encoding: "utf8" },
      );
      expect(serial).toMatch(/^serial=[0-9A-F]+\n$/);
    }
    expect(readdirSync(folder)).toEqual([]);
    expect(() => new Shell().listen()).toThrow("the interceptor binds");
  });

  it("2: a port in use is reported, with its holder and what to type", async () => {
    const listen = { host: "127.0.0.1", port: rig.port };
    const error: unknown = await bindAll(
      [listen],
      () => net.createServer(),
      () => "gotap daemon, pid 4711",
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GotapError);
    expect(error).toMatchObject({
      code: "PORT_IN_USE",
      message: `127.0.0.1:${rig.port} is in use by gotap daemon, pid 4711`,
      hint: expect.stringContaining("gotap daemon --listen") as string,
    });
    await expect(startRig({ listen })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: `127.0.0.1:${rig.port} is in use`,
    });
  });

  it("3: no server and no loopback hop for a host", async () => {
    const listening = vi.spyOn(net.Server.prototype, "listen");
    const connecting = vi.spyOn(net.Socket.prototype, "connect");
    const secure = await tlsThrough(rig, ["h2"], "hop.example:443");
    secure.destroy();
    expect(listening).not.toHaveBeenCalled();
    // The client's own connection, and nothing else.
    expect(connecting).toHaveBeenCalledTimes(1);
    listening.mockRestore();
    connecting.mockRestore();
  });

  it("4: IPv6 hosts are read right, in CONNECT and in absolute-form", async () => {
    const secure = await tlsThrough(rig, ["h2"], "[2001:db8::1]:8443");
    expect(secure.authorized).toBe(true);
    secure.destroy();
    const wire = await dial(rig.port);
    wire.send(
      "GET http://[2001:DB8::2]:8080/a HTTP/1.1\r\nHost: [2001:DB8::2]:8080\r\nConnection: close\r\n\r\n",
    );
    await wire.whenClosed();
    expect(rig.arrivals.slice(-2).map(({ origin }) => origin)).toEqual([
      { scheme: "https", host: "2001:db8::1", port: 8443 },
      { scheme: "http", host: "2001:db8::2", port: 8080 },
    ]);
    expect(rig.requests.at(-1)).toMatchObject({
      hostHeader: "[2001:DB8::2]:8080",
      target: "/a",
    });
  });

  it("5: an upstream error in a body breaks the answer and adds no text", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [["X-A", "b"]] });
      response.sink.write(Buffer.from("half"));
      setTimeout(() => {
        response.sink.reset({ kind: "truncated", cause: "secret detail" });
      }, 20);
    };
    const wire = await dial(rig.port);
    wire.send("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const text = await wire.whenClosed();
    expect(text.slice(text.indexOf("\r\n\r\n"))).toBe("\r\n\r\n4\r\nhalf\r\n");
  });

  it("5: nor does an error of the library's own context", async () => {
    const shell = new Shell();
    const kinds: (string | undefined)[] = [];
    shell.onError((_context, _error, kind) => kinds.push(kind));
    const printed = vi.spyOn(console, "error");
    const server = http.createServer((req, res) => {
      shell.request(req, res);
    });
    shell.onRequest((context) => {
      const { proxyToClientResponse } = context;
      proxyToClientResponse.write("half");
      setTimeout(() => {
        proxyToClientResponse.emit("error", new Error("secret"));
      }, 20);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const wire = await dial((server.address() as net.AddressInfo).port);
    wire.send("GET / HTTP/1.0\r\n\r\n");
    expect(await wire.whenClosed()).not.toContain("secret");
    expect(wire.text).toContain("half");
    expect(kinds).toEqual(["PROXY_TO_CLIENT_RESPONSE_ERROR"]);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
    server.close();
  });
});
