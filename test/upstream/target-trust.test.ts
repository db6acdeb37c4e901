import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { TargetTrust, WarmUpstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { targetOf, testUpstream, type Tried, tryOnce } from "./harness.js";

const INSECURE: TargetTrust = {
  insecure: true,
  setBy: "GOINSECURE=origin.test",
};

describe("the trust of one target", () => {
  let known: TestAuthority;
  let stranger: TestAuthority;
  let origin: Origin;
  let upstream: WarmUpstream;
  beforeAll(async () => {
    known = makeTestAuthority();
    stranger = makeTestAuthority();
    origin = await startOrigin({
      authority: stranger,
      names: ["another.test"],
      handler: () => ({ body: "hello" }),
    });
  });
  afterAll(async () => {
    await origin.close();
    known.remove();
    stranger.remove();
  });
  afterEach(() => upstream.close(0));

  const ask = (trust?: TargetTrust, host = "origin.test"): Tried =>
    tryOnce(upstream, {
      ...targetOf({ scheme: "https", port: origin.port, host }),
      ...(trust === undefined ? {} : { trust }),
    });
  const start = (): void => {
    upstream = testUpstream(known.ca, {
      resolve: { "origin.test": "127.0.0.1", "another.test": "127.0.0.1" },
    });
  };

  it("insecure takes any certificate, and the record names its issuer and who asked", async () => {
    start();
    const tried = ask(INSECURE);
    expect(await tried.ended).toBeUndefined();
    expect(tried.record.dial?.tls).toMatchObject({
      issuer: "CN=gotap test authority",
    });
    expect(tried.record.trust).toEqual({
      insecure: true,
      setBy: "GOINSECURE=origin.test",
    });
  });

  it("no verified request rides an unverified connection or resumes its session", async () => {
    start();
    expect(await ask(INSECURE).ended).toBeUndefined();
    const connections = origin.connections();
    const verified = ask();
    expect(await verified.ended).toMatchObject({ kind: "tls-untrusted" });
    expect(verified.record.trust).toBeUndefined();
    expect(verified.record.reused).toBeUndefined();
    expect(origin.connections()).toBe(connections + 1);
    // And the unverified one is still there for its own.
    const again = ask({ ...INSECURE, setBy: "git http.sslVerify=false" });
    expect(await again.ended).toBeUndefined();
    expect(again.record.reused).toBeDefined();
    expect(again.record.trust?.setBy).toBe("git http.sslVerify=false");
  });

  it("two at the same time are kept apart", async () => {
    start();
    const both = [ask(INSECURE), ask(), ask(INSECURE), ask()];
    const ended = await Promise.all(both.map((one) => one.ended));
    expect(ended.map((failure) => failure?.kind)).toEqual([
      undefined,
      "tls-untrusted",
      undefined,
      "tls-untrusted",
    ]);
  });

  it("TLS 1.2 at least, also unverified", async () => {
    start();
    const old = await startOrigin({
      certificate: {
        ...stranger.issue(["origin.test"]),
        maxVersion: "TLSv1.1",
        minVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      } as ReturnType<TestAuthority["issue"]>,
      handler: () => ({}),
    });
    const tried = tryOnce(upstream, { ...targetOf(old), trust: INSECURE });
    expect(await tried.ended).toMatchObject({ kind: "tls-failed" });
    await old.close();
  });

  it("additional roots count for it alone, and the name still has to be right", async () => {
    start();
    const trust: TargetTrust = {
      extraRoots: [stranger.ca],
      setBy: "git http.sslCAInfo",
    };
    const tried = ask(trust, "another.test");
    expect(await tried.ended).toBeUndefined();
    expect(tried.record.trust).toEqual({ setBy: "git http.sslCAInfo" });
    // The same roots in another list are the same roots.
    const same = { ...trust, extraRoots: [stranger.ca] };
    const again = ask(same, "another.test");
    expect(await again.ended).toBeUndefined();
    expect(again.record.reused).toBeDefined();
    expect(await ask(undefined, "another.test").ended).toMatchObject({
      kind: "tls-untrusted",
    });
    expect(await ask(trust).ended).toMatchObject({
      kind: "tls-untrusted",
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  it("additional roots stand beside the machine's", async () => {
    start();
    const trusted = await startOrigin({
      authority: known,
      handler: () => ({ body: "hello" }),
    });
    const tried = tryOnce(upstream, {
      ...targetOf(trusted),
      trust: { extraRoots: ["no certificate", stranger.ca], setBy: "git" },
    });
    expect(await tried.ended).toBeUndefined();
    await trusted.close();
  });
});
