import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawOrigin } from "./raw-origin.js";
import { httpProxy, socksProxy, type TestProxy } from "./test-proxies.js";

let authority: TestAuthority;
let secure: Origin;
let plain: Origin;
beforeAll(async () => {
  authority = makeTestAuthority();
  const handler = () => ({ body: "hello" });
  secure = await startOrigin({ authority, names: ["origin.test"], handler });
  plain = await startOrigin({ handler });
});
afterAll(async () => {
  await secure.close();
  await plain.close();
  authority.remove();
});

let proxy: TestProxy | undefined;
let upstream: Upstream;
afterEach(async () => {
  await upstream.close(0);
  proxy?.close();
});
const CREDENTIALS = { username: "me", password: "s:cret" };

const ask = (
  origin: Origin,
  made: TestProxy,
  options: { credentials?: typeof CREDENTIALS; proxyMs?: number } = {},
) => {
  proxy = made;
  upstream = testUpstream(authority.ca, {
    // Names are the proxy's business.
    lookup: () => Promise.reject(new Error("nobody was to look a name up")),
  });
  const { credentials, proxyMs = 5_000 } = options;
  const { scheme, port } = origin;
  const way = made.way(credentials);
  return tryOnce(
    upstream,
    targetOf({ scheme, port, host: "origin.test" }, way, { proxyMs }),
  );
};

describe("an upstream HTTP proxy", () => {
  it("makes a tunnel with its own phase, and looks the name up itself", async () => {
    const tried = ask(secure, await httpProxy(), { credentials: CREDENTIALS });
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
    const basic = Buffer.from("me:s:cret").toString("base64");
    expect(proxy?.asked).toEqual([
      `CONNECT origin.test:${secure.port} HTTP/1.1\r\nHost: origin.test:${secure.port}\r\nProxy-Authorization: Basic ${basic}`,
    ]);
    const { dial } = tried.record;
    expect(dial?.dns).toBeUndefined();
    expect(dial?.connects[0]).toMatchObject({ port: proxy?.port });
    expect(dial?.proxy).toMatchObject({
      protocol: "http",
      address: `127.0.0.1:${proxy?.port}`,
      status: 200,
      endedAtMs: expect.any(Number) as number,
    });
    expect(dial?.tls?.alpn).toBe("h2");
    expect(JSON.stringify(tried.record)).not.toContain("cret");
  });

  it.each([
    ["HTTP/1.1 407 Auth\r\n\r\n", "proxy-auth", 407],
    ["HTTP/1.1 403 Forbidden\r\n\r\n", "proxy-refused", 403],
    ["HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nbad", "proxy-refused", 502],
    ["SSH-2.0-OpenSSH\r\n", "proxy-failed", undefined],
    ["", "proxy-failed", undefined],
  ])("that answers %j is %s", async (answer, kind, status) => {
    const tried = ask(secure, await httpProxy({ answer }));
    const failure = await tried.ended;
    expect(failure).toMatchObject({ kind, phase: "proxy" });
    expect(tried.record.dial?.proxy?.status).toBe(status);
    expect(tried.record.dial?.proxy?.failure).toEqual(failure);
    expect(tried.record.dial?.tls).toBeUndefined();
  });

  it.each([
    ["Basic", undefined, /its URL has no user and password/],
    ["Basic", CREDENTIALS, /407 to the user and password of its URL/],
    ["Digest", CREDENTIALS, /takes Digest alone/],
    ["NTLM", undefined, /takes NTLM alone/],
  ])(
    "a 407 that asks for %s is asked once and says what is wrong",
    async (scheme, credentials, cause) => {
      const tried = ask(
        secure,
        await httpProxy({
          answer: `HTTP/1.1 407 No\r\nProxy-Authenticate: ${scheme}\r\n\r\n`,
        }),
        credentials === undefined ? {} : { credentials },
      );
      expect(await tried.ended).toMatchObject({
        kind: "proxy-auth",
        code: "407",
        cause: expect.stringMatching(cause) as string,
      });
      expect(proxy?.asked).toHaveLength(1);
    },
  );

  it("its 407 to plain http is no answer of the origin's", async () => {
    const made = await rawOrigin((client) => {
      client.once("data", () =>
        client.end(
          'HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm="x"\r\nContent-Length: 0\r\n\r\n',
        ),
      );
    });
    const tried = ask(plain, {
      ...made,
      asked: [],
      way: () => ({ type: "http", name: "a-proxy", ...made }),
    });
    expect(await tried.ended).toMatchObject({
      kind: "proxy-auth",
      phase: "wait",
      cause: expect.stringContaining("Digest") as string,
    });
  });

  it("is never gotap itself", async () => {
    const made = await httpProxy();
    proxy = made;
    const named = { ...made.way(), host: "proxy.test" };
    for (const way of [made.way(), named]) {
      upstream = testUpstream(authority.ca, {
        lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
        forbidden: (_address, port) =>
          port === made.port ? "gotap's own port" : undefined,
      });
      const tried = tryOnce(
        upstream,
        targetOf({ ...secure, host: "origin.test" }, way),
      );
      expect(await tried.ended).toMatchObject({
        kind: "proxy-failed",
        phase: "connect",
        cause: expect.stringContaining("is gotap's own port") as string,
      });
    }
    expect(made.asked).toEqual([]);
  });

  it("that is silent ends at its limit", async () => {
    const silent = await rawOrigin(() => {});
    const made = await httpProxy();
    const tried = ask(
      secure,
      { ...made, way: () => ({ ...made.way(), port: silent.port }) },
      { proxyMs: 60 },
    );
    expect(await tried.ended).toMatchObject({
      kind: "proxy-timeout",
      limitMs: 60,
    });
    silent.close();
  });

  it("gets plain http in absolute-form, with its credentials, and no phase of its own", async () => {
    const tried = ask(plain, await httpProxy(), { credentials: CREDENTIALS });
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
    expect(proxy?.asked[0]).toMatch(
      new RegExp(
        `^GET http://origin.test:${plain.port}/ HTTP/1.1\r\nHost: origin.test:`,
      ),
    );
    expect(proxy?.asked[0]).toContain("Proxy-Authorization: Basic ");
    expect(tried.record.dial?.proxy).toBeUndefined();
  });

  it("may speak TLS itself: that is part of its phase", async () => {
    const tried = ask(secure, await httpProxy({ authority }));
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
    expect(tried.record.dial?.proxy).toMatchObject({
      protocol: "https",
      status: 200,
    });
  });

  it("over TLS is verified too", async () => {
    const stranger = makeTestAuthority();
    const tried = ask(secure, await httpProxy({ authority: stranger }));
    expect(await tried.ended).toMatchObject({
      kind: "tls-untrusted",
      phase: "proxy",
    });
    stranger.remove();
  });

  it("whose own name does not resolve fails in connect", async () => {
    const made = await httpProxy();
    const tried = ask(secure, {
      ...made,
      way: () => ({ ...made.way(), host: "proxy.test" }),
    });
    expect(await tried.ended).toMatchObject({
      kind: "dns-failure",
      phase: "connect",
    });
    expect(tried.record.dial?.dns).toBeUndefined();
    expect(tried.record.dial?.connects[0]).toMatchObject({
      address: "proxy.test",
    });
  });
});

describe("an upstream SOCKS5 proxy", () => {
  it.each(["https", "http"])(
    "carries %s, and looks the name up itself",
    async (scheme) => {
      const origin = scheme === "https" ? secure : plain;
      const tried = ask(origin, await socksProxy());
      expect(await tried.ended).toBeUndefined();
      expect(tried.text()).toBe("hello");
      expect(proxy?.asked).toEqual([`origin.test:${origin.port}`]);
      expect(tried.record.dial?.dns).toBeUndefined();
      expect(tried.record.dial?.proxy).toMatchObject({ protocol: "socks5" });
    },
  );

  it("gets user name and password", async () => {
    const tried = ask(secure, await socksProxy({ password: "s:cret" }), {
      credentials: CREDENTIALS,
    });
    expect(await tried.ended).toBeUndefined();
  });

  it.each([
    [{ password: "other" }, "proxy-auth"],
    [{ reply: 2 }, "proxy-refused"],
    [{ reply: 5 }, "proxy-refused"],
  ])("that says no (%j) is %s", async (options, kind) => {
    const tried = ask(secure, await socksProxy(options), {
      credentials: CREDENTIALS,
    });
    expect(await tried.ended).toMatchObject({ kind, phase: "proxy" });
    expect(tried.record.dial?.proxy?.failure?.kind).toBe(kind);
  });

  it("that is silent ends at its limit", async () => {
    const tried = ask(secure, await socksProxy({ silent: true }), {
      proxyMs: 60,
    });
    expect(await tried.ended).toMatchObject({
      kind: "proxy-timeout",
      limitMs: 60,
    });
  });
});
