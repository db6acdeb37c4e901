import { describe, expect, it } from "vitest";

import { FAILURE_KINDS } from "../../src/model/failure.js";
import { retryClass, statusClass } from "../../src/policy/retry-class.js";

const of = (kind: (typeof FAILURE_KINDS)[number], code?: string) =>
  retryClass({ kind, ...(code !== undefined && { code }) });

describe("retryClass", () => {
  it("says of every kind what may be tried", () => {
    const short = (kind: (typeof FAILURE_KINDS)[number]) => {
      const { again, elsewhere, dial } = of(kind);
      return [
        again ? "again" : "",
        elsewhere ? "elsewhere" : "",
        dial ? "dial" : "",
      ].join(" ");
    };
    const table: Record<string, string[]> = {};
    for (const kind of FAILURE_KINDS) (table[short(kind)] ??= []).push(kind);
    expect(table).toEqual({
      "again elsewhere dial": [
        "dns-failure",
        "dns-timeout",
        "connect-refused",
        "connect-reset",
        "connect-unreachable",
        "connect-timeout",
        "connect-failed",
        "proxy-refused",
        "proxy-timeout",
        "proxy-failed",
        "tls-timeout",
        "tls-failed",
      ],
      " elsewhere dial": ["proxy-auth", "breaker-open"],
      "again elsewhere ": [
        "queue-timeout",
        "first-byte-timeout",
        "body-idle-timeout",
        "reset",
        "stream-reset",
        "goaway",
        "server-error",
        "truncated",
      ],
      " elsewhere ": [
        "tls-untrusted",
        "not-there",
        "mirror-differs",
        "range-differs",
        "unverified",
        "overlong",
        "protocol",
      ],
      "  ": [
        "total-timeout",
        "overtaken",
        "forbidden-address",
        "client-gone",
        "client-untrusting",
        "bad-request",
        "stopped",
        "internal",
      ],
    });
  });

  it("believes a code that says it is for good", () => {
    expect(of("dns-failure", "ENOTFOUND").again).toBe(false);
    expect(of("dns-failure", "ENOTFOUND").dial).toBe(true); // a proxy may know the name
    expect(of("dns-failure", "EAI_AGAIN").again).toBe(true);
    expect(of("proxy-refused", "403").again).toBe(false);
    expect(of("proxy-refused", "503").again).toBe(true);
    expect(of("server-error", "501")).toEqual(statusClass(501));
    expect(of("server-error", "503").again).toBe(true);
    expect(of("server-error", "ESOMETHING").again).toBe(true);
  });
});

describe("statusClass", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("%d may pass", (status) => {
    expect(statusClass(status)).toEqual({
      again: true,
      elsewhere: true,
      dial: false,
    });
  });

  it.each([501, 505, 507, 511, 599])("%d is that source's own", (status) => {
    expect(statusClass(status)).toEqual({
      again: false,
      elsewhere: true,
      dial: false,
    });
  });

  it.each([200, 206, 304, 400, 401, 403, 404, 407, 410, 421, 451, 600])(
    "%d is an answer",
    (status) => {
      expect(statusClass(status)).toEqual({
        again: false,
        elsewhere: false,
        dial: false,
      });
    },
  );
});
