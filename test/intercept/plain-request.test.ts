import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Origin } from "../../src/model/way.js";
import { dial, echo, type Rig, startRig } from "./rig.js";

let rig: Rig;
const asked: [string | undefined, Origin][] = [];
beforeAll(async () => {
  rig = await startRig();
  rig.frontAllows = (run, origin) => {
    asked.push([run, origin]);
    return origin.host === "goproxy.cn";
  };
});
afterAll(() => rig.end());
beforeEach(() => {
  rig.onRequest = echo;
  rig.admission = () => ({ action: "open" });
  rig.requests.length = 0;
  rig.arrivals.length = 0;
  asked.length = 0;
});

async function ask(
  target: string,
  { host = "127.0.0.1:9090", fields = "" } = {},
): Promise<string> {
  const wire = await dial(rig.port);
  wire.send(
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}Connection: close\r\n\r\n`,
  );
  return wire.whenClosed();
}

describe("a forward request", () => {
  it("goes where its target says, without hop-by-hop fields and credentials for us", async () => {
    const basic = Buffer.from("run-00000000000000aa:x").toString("base64");
    const text = await ask("http://proxy.example:3000/m/@v/list?a=b", {
      host: "proxy.example:3000",
      fields: `Proxy-Authorization: Basic ${basic}\r\nProxy-Connection: keep-alive\r\nAuthorization: Basic abc\r\n`,
    });
    expect(text).toContain("GET http://proxy.example:3000/m/@v/list?a=b\n");
    expect(rig.requests[0]).toMatchObject({
      via: "forward",
      hostHeader: "proxy.example:3000",
      headers: [["Authorization", "Basic abc"]],
      connection: { runId: "00000000000000aa" },
    });
    expect(rig.arrivals[0]).toMatchObject({
      via: "forward",
      credentials: { username: "run-00000000000000aa" },
    });
  });

  it("may be refused", async () => {
    rig.admission = () => ({ action: "refuse", status: 407, text: "token" });
    const text = await ask("http://a.example/", { host: "a.example" });
    expect(text).toMatch(/^HTTP\/1\.1 407 /);
    expect(text).toContain("Proxy-Authenticate: Basic");
    expect(rig.requests).toEqual([]);
  });

  it("to gotap itself is a loop", async () => {
    const self = `127.0.0.1:${rig.port}`;
    const text = await ask(`http://${self}/`, { host: self });
    expect(text).toMatch(/^HTTP\/1\.1 403 [^]*gotap's own port/);
  });

  it("keeps its connection", async () => {
    const wire = await dial(rig.port);
    for (const path of ["/1", "/2"]) {
      wire.send(
        `GET http://a.example${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`,
      );
      await wire.until(`:80${path}\n`);
    }
    expect(wire.text).not.toMatch(/connection|keep-alive|date/i);
    wire.socket.destroy();
  });
});

describe("the GOPROXY front", () => {
  it("goes to the origin its path names", async () => {
    const text = await ask(
      "/proxy/run-0123456789abcdef/https/goproxy.cn/a/@v/list?x=1",
    );
    expect(text).toContain("GET https://goproxy.cn:443/a/@v/list?x=1\n");
    expect(rig.requests[0]).toMatchObject({
      via: "front",
      origin: { scheme: "https", host: "goproxy.cn", port: 443 },
      hostHeader: "goproxy.cn",
      target: "/a/@v/list?x=1",
      connection: { runId: "0123456789abcdef" },
    });
    expect(asked).toEqual([
      ["0123456789abcdef", { scheme: "https", host: "goproxy.cn", port: 443 }],
    ]);
  });

  it("knows no run where the path has none", async () => {
    await ask("/proxy/-/https/goproxy.cn/a/@v/list");
    expect(asked[0]?.[0]).toBeUndefined();
    expect(rig.requests[0]?.connection.runId).toBeUndefined();
  });

  it.each([
    ["another host", "/proxy/-/https/evil.example/a", {}],
    [
      "a browser's Origin",
      "/proxy/-/https/goproxy.cn/a",
      { fields: "Origin: http://x\r\n" },
    ],
    [
      "Sec-Fetch",
      "/proxy/-/https/goproxy.cn/a",
      { fields: "sec-fetch-site: none\r\n" },
    ],
    [
      "a name in Host",
      "/proxy/-/https/goproxy.cn/a",
      { host: "localhost:9090" },
    ],
    ["a rebound name", "/proxy/-/https/goproxy.cn/a", { host: "evil.example" }],
    ["another address", "/proxy/-/https/goproxy.cn/a", { host: "192.0.2.1" }],
  ])("refuses %s", async (_name, target, options) => {
    const text = await ask(target, options);
    expect(text).toMatch(/^HTTP\/1\.1 403 [^]*gotap: .+\n$/);
    expect(rig.requests).toEqual([]);
  });

  it("answers on ::1 too", async () => {
    const text = await ask("/proxy/-/https/goproxy.cn/a", {
      host: "[::1]:9090",
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("any other path", () => {
  it.each([
    "/",
    "/index.html",
    "/proxy/",
    "/proxy/-/ftp/goproxy.cn/a",
    "/proxy/-/https/user@goproxy.cn/a",
    "/proxy/x/https/goproxy.cn/a",
  ])("%s says that this is a proxy", async (path) => {
    const text = await ask(path);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("\r\n\r\ngotap: this is a proxy");
    expect(rig.requests).toEqual([]);
  });
});
