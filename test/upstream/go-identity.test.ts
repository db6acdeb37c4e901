import type { PeerCertificate } from "node:tls";
import { describe, expect, it } from "vitest";

import { goIdentity } from "../../src/upstream/go-identity.js";

const certificate = (subjectaltname: string): PeerCertificate =>
  ({
    subjectaltname,
    serialNumber: "01",
    subject: { CN: "cn.test" },
  }) as unknown as PeerCertificate;

// The rules are those of Go's crypto/x509/verify.go: matchHostnames, validHostname, VerifyHostname.
const TABLE: [host: string, san: string, ok: boolean][] = [
  ["a.test", "DNS:a.test", true],
  ["A.Test", "DNS:a.TEST", true],
  ["a.test.", "DNS:a.test", true],
  ["a.test", "DNS:a.test.", false],
  ["a.test", "DNS:b.test, DNS:a.test", true],
  ["a.b.test", "DNS:*.b.test", true],
  ["b.test", "DNS:*.b.test", false],
  ["a.a.b.test", "DNS:*.b.test", false],
  ["a.test", "DNS:*", false],
  ["test", "DNS:*", false],
  ["a.test", "DNS:*.test", true],
  ["a.b.test", "DNS:a.*.test", false],
  ["abc.test", "DNS:a*.test", false],
  ["a_b.test", "DNS:a_b.test", true],
  ["-a.test", "DNS:-a.test", true],
  ["x.test", "DNS:-a.test", false],
  ["cn.test", "", false],
  ["cn.test", "DNS:other.test", false],
  ["a.test", "IP Address:127.0.0.1", false],
  ["a.test", "URI:https://a.test/", false],
  ["a.test", 'DNS:"b.test, DNS:a.test"', false],
  ["a.test", 'URI:"x, DNS:a.test", DNS:c.test', false],
  ["127.0.0.1", "IP Address:127.0.0.1", true],
  ["127.0.0.1", "DNS:127.0.0.1", false],
  ["127.0.0.1", "DNS:*.0.0.1", false],
  ["::1", "IP Address:0:0:0:0:0:0:0:1", true],
  ["0:0::1", "IP Address:0:0:0:0:0:0:0:1", true],
  ["::1", "IP Address:0:0:0:0:0:0:0:2", false],
  ["::ffff:127.0.0.1", "IP Address:127.0.0.1", true],
  ["127.0.0.1", "IP Address:10.0.0.1", false],
];

describe("goIdentity", () => {
  it.each(TABLE)("%s against %s: %s", (host, san, ok) => {
    expect(goIdentity(host, certificate(san)) === undefined).toBe(ok);
  });

  it("refuses a negative serial number, and no certificate", () => {
    const negative = { ...certificate("DNS:a.test"), serialNumber: "-01" };
    expect(goIdentity("a.test", negative)?.message).toMatch(/negative/);
    expect(goIdentity("a.test", {} as PeerCertificate)).toBeDefined();
  });

  it("says for whom it is", () => {
    const wrong = goIdentity("a.test", certificate("DNS:b.test"));
    expect(wrong?.message).toBe("it is for b.test, not for a.test");
  });
});
