import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { forbiddenAddress } from "../../src/policy/forbidden-address.js";

const OWN = { ports: [9090], addresses: ["192.0.2.7"] };

describe("forbiddenAddress", () => {
  it.each([
    "169.254.169.254",
    "169.254.0.1",
    "0xA9FEA9FE",
    "0xa9.0xfe.0xa9.0xfe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fe80::1",
    "febf::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "metadata.google.internal",
    "Metadata.Google.Internal.",
    "metadata",
    "instance-data.ec2.internal",
    "0.0.0.0",
    "0",
    "0x0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
  ])("%s is forbidden on any port", (host) => {
    expect(forbiddenAddress(host, 80, OWN)).toEqual(expect.any(String));
  });

  it.each([
    "goproxy.cn",
    "metadata.example.com",
    "169.254.169.254.example.com",
    "169.253.255.255",
    "169.255.0.0",
    "100.100.100.201",
    "10.0.0.1",
    "192.168.1.1",
    "127.0.0.1",
    "::1",
    "fec0::1",
    "fd00:ec3::254",
    "2001:db8::a9fe:a9fe",
    "1.2.3.4.5",
    "0x1ffffffff",
    "08.1.1.1",
    "face.cafe",
    "",
  ])("%s is not", (host) => {
    expect(forbiddenAddress(host, 80, OWN)).toBeUndefined();
  });

  it.each([
    "localhost",
    "LOCALHOST",
    "a.localhost",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "192.0.2.7",
    "::ffff:192.0.2.7",
  ])("%s is gotap's own port there alone", (host) => {
    expect(forbiddenAddress(host, 9090, OWN)).toBe("gotap's own port");
    expect(forbiddenAddress(host, 9091, OWN)).toBeUndefined();
  });

  it("lets another host have the same port", () => {
    expect(forbiddenAddress("goproxy.test", 9090, OWN)).toBeUndefined();
    expect(forbiddenAddress("192.0.2.8", 9090, OWN)).toBeUndefined();
  });

  it("sees through every notation of inet_aton", () => {
    const radix = fc.constantFrom(
      (n: number) => String(n),
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => `0${n.toString(8)}`,
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.nat(65535),
        fc.array(radix, { minLength: 4, maxLength: 4 }),
        (count, low, write) => {
          const bytes = [169, 254, low >> 8, low & 255];
          const head = bytes.slice(0, count - 1);
          const rest = bytes
            .slice(count - 1)
            .reduce((sum, byte) => sum * 256 + byte, 0);
          const text = [...head, rest]
            .map((part, i) => write[i]?.(part) ?? "")
            .join(".");
          expect(forbiddenAddress(text, 443, OWN)).toBeDefined();
        },
      ),
    );
  });
});
