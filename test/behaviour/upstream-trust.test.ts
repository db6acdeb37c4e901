import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { mintLeaf } from "../../certs/leaf.js";
import type { Folders } from "../../src/config/folders.js";
import { startOrigin } from "../support/origin.js";
import { makeTestAuthority } from "../support/test-authority.js";
import { HOST, Joined } from "./joined.js";
import { client, connectThrough } from "./joined-client.js";

describe("upstream certificates", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  it("one that does not verify: 502 with the cause, and nothing is sent", async () => {
    joined = await Joined.start({ trusts: false });
    const origin = await joined.origin({ handler: () => ({ body: "secret" }) });
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get("/example.com/m/@v/list", {
      headers: { authorization: "Basic c2VjcmV0" },
    });
    expect(seen.status).toBe(502);
    expect(seen.body.toString()).toMatch(/^gotap: .*certificate/);
    expect(origin.requests).toHaveLength(0);
    const record = await joined.exchange();
    expect(record.failure).toMatchObject({
      kind: "tls-untrusted",
      phase: "tls",
    });
    go.close();
  });

  it("one for another name", async () => {
    joined = await Joined.start();
    const origin = joined.own(
      await startOrigin({
        authority: joined.authority,
        names: ["other.test"],
        handler: () => ({ body: "secret" }),
      }),
    );
    const go = await client(joined, "h1", origin.port);
    expect((await go.get("/example.com/m/@v/list")).status).toBe(502);
    expect(origin.requests).toHaveLength(0);
    expect((await joined.exchange()).failure?.kind).toBe("tls-untrusted");
    go.close();
  });

  it("SSL_CERT_FILE of the environment counts", async () => {
    const other = makeTestAuthority();
    joined = await Joined.start({
      trusts: false,
      env: () => ({ SSL_CERT_FILE: other.caFile }),
    });
    joined.own({ close: () => other.remove() });
    const origin = joined.own(
      await startOrigin({
        authority: other,
        names: ["goproxy.test"],
        handler: () => ({ body: "fine" }),
      }),
    );
    const go = await client(joined, "h2", origin.port);
    expect((await go.get("/example.com/m/@v/list")).status).toBe(200);
    go.close();
  });

  it("gotap's own CA is never trusted, even where the environment names it", async () => {
    const caFileOf = ({ caDir }: Folders): string =>
      join(caDir, "current", "ca.pem");
    joined = await Joined.start({
      env: (folders) => ({ SSL_CERT_FILE: caFileOf(folders) }),
    });
    expect(joined.certificates.certFile).toBe(caFileOf(joined.folders));
    const { privateKey, publicKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
    });
    const keys = { publicKey };
    const leaf = mintLeaf(joined.certificates, HOST, keys, new Date());
    const origin = await joined.plainOrigin({
      certificate: {
        cert: leaf.pem,
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      },
      handler: () => ({ body: "secret" }),
    });
    const go = await client(joined, "h2", origin.port);
    expect((await go.get("/example.com/m/@v/list")).status).toBe(502);
    expect(origin.requests).toHaveLength(0);
    expect((await joined.exchange()).failure?.kind).toBe("tls-untrusted");
    go.close();
  });

  it("a host that GOINSECURE names is dialled before CONNECT is answered, and once", async () => {
    joined = await Joined.start({ trusts: false, goInsecure: HOST });
    const origin = await joined.origin({ handler: () => ({ body: "meta" }) });
    const go = await client(joined, "h1", origin.port);
    expect(origin.connections()).toBe(1);
    const path = "/lib?go-get=1";
    expect((await go.get(path)).body.toString()).toBe("meta");
    expect(origin.connections()).toBe(1);
    const [check, asked] = await joined.exchanges(2);
    expect(check).toMatchObject({ method: "CONNECT", status: 200 });
    expect(check?.tunnelReason).toBeUndefined();
    expect(check?.attempts[0]?.dial?.tls?.issuer).toBeDefined();
    expect(asked?.attempts[0]).toMatchObject({
      trust: { insecure: true, setBy: `GOINSECURE=${HOST}` },
      reused: { spanId: expect.any(String) as string },
    });
    // A module proxy on the same host is none of its business.
    expect((await go.get("/example.com/m/@v/list")).status).toBe(502);
    go.close();
  });

  it("where that dial fails CONNECT is refused, so that go falls back", async () => {
    joined = await Joined.start({ goInsecure: "*.test" });
    const plain = await joined.plainOrigin({ handler: () => ({}) });
    const { status, text } = await connectThrough(
      joined,
      `${HOST}:${plain.port}`,
    );
    expect(status).toBe(502);
    expect(text).toContain("gotap: the TLS handshake with goproxy.test failed");
    expect(await joined.exchange()).toMatchObject({
      method: "CONNECT",
      status: 502,
      failure: { kind: "tls-failed" },
    });
    expect(plain.requests).toEqual([]);
  });
});
