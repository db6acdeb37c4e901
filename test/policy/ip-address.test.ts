import { isIPv4, isIPv6 } from "node:net";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatIp, parseIp, samePrefix } from "../../src/policy/ip-address.js";

describe("parseIp", () => {
  it("takes what Node takes for an address, zones aside", () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc
        .array(fc.constantFrom(":", "::", ".", "0", "1", "ff", "255", "256"), {
          maxLength: 18,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (address) => {
        expect(parseIp(address) !== undefined).toBe(
          isIPv4(address) || isIPv6(address),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("comes back the same through formatIp", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const ip = parseIp(address) ?? [];
        expect(parseIp(formatIp(ip))).toEqual(ip);
      }),
    );
  });

  it("is written as a URL parser writes it, mapped IPv4 aside", () => {
    const isPlain = (address: string) =>
      formatIp(parseIp(address) ?? []).includes(":");
    fc.assert(
      fc.property(fc.ipV6().filter(isPlain), (address) => {
        expect(`[${formatIp(parseIp(address) ?? [])}]`).toBe(
          new URL(`http://[${address}]`).hostname,
        );
      }),
    );
  });

  it.each(["01.2.3.4", "1.2.3", "1.2.3.4.5", "", "fe80::1%", "1::2::3", ":1"])(
    "refuses %s",
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );

  it("drops a zone", () => {
    expect(parseIp("fe80::1%eth0")).toEqual(parseIp("fe80::1"));
  });
});

describe("samePrefix", () => {
  it.each([
    ["10.0.0.0", "10.0.0.3", 126, true],
    ["10.0.0.0", "10.0.0.4", 126, false],
    ["2001:db8::", "2001:db8:0:1::", 48, true],
    ["2001:db8::", "2001:db8:0:1::", 64, false],
    ["::", "ffff::", 0, true],
  ])("%s %s /%s: %s", (a, b, bits, same) => {
    expect(samePrefix(parseIp(a) ?? [], parseIp(b) ?? [], bits)).toBe(same);
  });
});
