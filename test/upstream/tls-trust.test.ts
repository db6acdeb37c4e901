import type { TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { targetOf, testUpstream, tryOnce } from "./harness.js";
import {
  makeOddAuthority,
  type OddAuthority,
  type OddLeaf,
} from "./odd-certificates.js";
import { tlsOrigin } from "./raw-origin.js";

const GOOD: OddLeaf = { san: "DNS:good.test,IP:127.0.0.1" };

interface Case {
  what: string;
  leaf: OddLeaf;
  host?: string;
  server?: TlsOptions;
  /** undefined: it is accepted. */
  refused?: { kind: string; code?: string };
}

const UNTRUSTED = "tls-untrusted";
const NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

const CASES: Case[] = [
  { what: "a good certificate", leaf: GOOD },
  { what: "a good certificate for the address", leaf: GOOD, host: "127.0.0.1" },
  { what: "a wildcard for the left label", leaf: { san: "DNS:*.test" } },
  { what: "RSA with ECDHE", leaf: { ...GOOD, key: "rsa" } },
  {
    what: "TLS 1.2 with ECDHE",
    leaf: GOOD,
    server: { maxVersion: "TLSv1.2" },
  },
  {
    what: "an expired certificate",
    leaf: { ...GOOD, expired: true },
    refused: { kind: UNTRUSTED, code: "CERT_HAS_EXPIRED" },
  },
  {
    what: "another name",
    leaf: { san: "DNS:bad.test" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "the name in the common name alone",
    leaf: { commonName: "good.test" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "the name in the common name beside another SAN",
    leaf: { commonName: "good.test", san: "IP:10.0.0.1" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "a part of a label as a wildcard",
    leaf: { san: "DNS:g*.test" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "an address where only the name is certified",
    leaf: { san: "DNS:good.test" },
    host: "127.0.0.1",
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "an address as a DNS entry",
    leaf: { san: "DNS:127.0.0.1" },
    host: "127.0.0.1",
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "an address as a common name",
    leaf: { commonName: "127.0.0.1" },
    host: "127.0.0.1",
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "a name in a URI entry",
    leaf: { san: "URI:https://good.test/" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "its own signature",
    leaf: { ...GOOD, selfSigned: true },
    refused: { kind: UNTRUSTED, code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  },
  {
    what: "a certificate for clients",
    leaf: { ...GOOD, usage: "clientAuth" },
    refused: { kind: UNTRUSTED, code: "INVALID_PURPOSE" },
  },
  {
    what: "a negative serial number",
    leaf: { ...GOOD, serial: "-5" },
    refused: { kind: UNTRUSTED, code: NAME },
  },
  {
    what: "TLS 1.1 alone",
    leaf: GOOD,
    server: {
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    },
    refused: { kind: "tls-failed" },
  },
  {
    what: "static RSA",
    leaf: { ...GOOD, key: "rsa" },
    server: { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" },
    refused: { kind: "tls-failed" },
  },
  {
    what: "DHE",
    leaf: { ...GOOD, key: "rsa" },
    server: {
      maxVersion: "TLSv1.2",
      ciphers: "DHE-RSA-AES128-GCM-SHA256",
      dhparam: "auto",
    },
    refused: { kind: "tls-failed" },
  },
];

describe("what is trusted upstream, as Go trusts (SPEC §8, FACTS L15)", () => {
  let authority: OddAuthority;
  let stranger: OddAuthority;
  beforeAll(() => {
    authority = makeOddAuthority();
    stranger = makeOddAuthority();
  });
  afterAll(() => {
    authority.remove();
    stranger.remove();
  });
  const ask = async (
    { leaf, host = "good.test", server = {} }: Case,
    ca = authority.ca,
  ) => {
    const origin = await tlsOrigin(
      { ...authority.leaf(leaf), ...server },
      (socket) => {
        socket.once("data", () => {
          socket.end(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
          );
        });
      },
    );
    const upstream = testUpstream(ca, {
      resolve: { "good.test": "127.0.0.1" },
    });
    // Twice: what was refused must not be let in by resuming its session.
    await tryOnce(upstream, targetOf({ ...origin, host })).ended;
    const tried = tryOnce(upstream, targetOf({ ...origin, host }));
    const failure = await tried.ended;
    origin.close();
    await upstream.close(0);
    return { failure, tried };
  };

  it.each(CASES.filter((one) => one.refused === undefined))(
    "takes $what",
    async (one) => {
      const { failure, tried } = await ask(one);
      expect(failure).toBeUndefined();
      expect(tried.record.dial?.tls?.issuer).toBe("CN=Odd Root, O=Odd");
      expect(tried.record.dial?.tls?.resumed).toBe(true);
    },
  );

  it.each(CASES.filter((one) => one.refused !== undefined))(
    "refuses $what",
    async (one) => {
      const { failure, tried } = await ask(one);
      expect(failure).toMatchObject({ ...one.refused, phase: "tls" });
      expect(tried.record.dial?.tls?.failure).toEqual(failure);
      expect(tried.record.dial?.tls?.endedAtMs).toBeDefined();
    },
  );

  it("refuses an unknown authority, and names it", async () => {
    const { failure } = await ask({ what: "", leaf: GOOD }, stranger.ca);
    expect(failure?.kind).toBe(UNTRUSTED);
    expect(failure?.cause).toContain("issued by CN=Odd Root");
  });

  it("trusts nothing without roots", async () => {
    const { failure } = await ask({ what: "", leaf: GOOD }, "");
    expect(failure?.kind).toBe(UNTRUSTED);
  });

  it("is not loosened by the environment", async () => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const { failure } = await ask({ what: "", leaf: GOOD }, stranger.ca);
    if (before === undefined)
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    expect(failure?.kind).toBe(UNTRUSTED);
  });
});
