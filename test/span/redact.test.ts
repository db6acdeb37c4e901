import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ExchangeRecord } from "../../src/model/record.js";
import { redactArgv } from "../../src/span/redact-argv.js";
import { redactTarget, redactText } from "../../src/span/redact-text.js";
import { redactRecord } from "../../src/span/redact.js";
import { safeHeaders } from "../../src/span/safe-headers.js";
import {
  sampleAttempt,
  sampleDial,
  sampleExchange,
  sampleRun,
  sampleSession,
  sampleTrace,
} from "../support/sample-trace.js";

const SECRET_KEYS = [
  "X-Amz-Signature",
  "X-Amz-Credential",
  "X-Amz-Security-Token",
  "X-Goog-Signature",
  "X-Goog-Credential",
  "AWSAccessKeyId",
  "Signature",
  "sig",
  "token",
  "access_token",
  "private_token",
  "job_token",
  "key",
  "api_key",
  "apikey",
  "password",
  "passwd",
  "secret",
  "client_secret",
  "auth",
  "code",
  "jwt",
];

/** What a secret may look like: no character that would end it by the grammar of where it is planted. */
const secret = fc.stringMatching(/^[A-Za-z0-9_~.+!*-]{12,40}$/);
const secretKey = fc.constantFrom(...SECRET_KEYS);

describe("redactRecord", () => {
  it("gives the same object where there is nothing to take out", () => {
    const { sessions, exchanges } = sampleTrace();
    for (const record of [sampleRun(), ...sessions, ...exchanges])
      expect(redactRecord(record)).toBe(record);
  });

  it("lets no planted secret of an exchange survive", () => {
    fc.assert(
      fc.property(secret, secretKey, (value, key) => {
        const url = `https://user:${value}@dl.example.com/a.zip?a=1&${key}=${value}&b=2`;
        const failure = { kind: "reset", cause: `GET ${url}: reset` } as const;
        const record: ExchangeRecord = sampleExchange({
          target: `/a/@v/v1.0.0.zip?x=1&${key}=${value}#${key}=${value}`,
          responseHeaders: [
            ["set-cookie", `sid=${value}; Path=/`],
            ["authorization", `Bearer ${value}`],
            ["proxy-authorization", `Basic ${value}`],
            ["location", url],
            ["x-vault-token", value],
          ],
          failure,
          tunnelReason: `the proxy ${url} said no`,
          attempts: [
            sampleAttempt({
              failure,
              wait: { startedAtMs: 1, failure },
              dial: { ...sampleDial(1), dns: { startedAtMs: 1, failure } },
            }),
          ],
        });
        const text = JSON.stringify(redactRecord(record));
        expect(text).not.toContain(value);
        expect(text).toContain("REDACTED");
        expect(text).toContain("dl.example.com/a.zip");
      }),
    );
  });

  it("lets no planted secret of a run or session survive", () => {
    fc.assert(
      fc.property(secret, secretKey, (value, key) => {
        const run = sampleRun({
          command: [
            "env",
            `GOPROXY=https://ada:${value}@goproxy.cn,direct`,
            `HTTPS_PROXY=ada:${value}@proxy.corp.example:3128`,
            `GOAUTH=${value}`,
            `--${key}=${value}`,
            `--${key}`,
            value,
            "-u",
            `ada:${value}`,
            "-H",
            `Authorization: token ${value}`,
            `https://h.example/?${key}=${value}`,
            "sh",
            "-c",
            `curl -H "Cookie: a=${value}" 'https://h.example/?${key}=${value}'`,
          ],
        });
        const session = sampleSession({
          command: `go get --${key}=${value} --${key} ${value}`,
          goEnv: {
            GOPROXY: `https://goproxy.cn|https://ada:${value}@corp.example/go,direct`,
            GOAUTH: `mytool ${value}`,
            GOFLAGS: `-mod=mod -ldflags=-X=main.token=${value}`,
          },
        });
        for (const record of [run, session])
          expect(JSON.stringify(redactRecord(record))).not.toContain(value);
      }),
    );
  });

  it("leaves the record it was given as it was", () => {
    const record = sampleExchange({ target: "/x?token=abc" });
    const before = structuredClone(record);
    redactRecord(record);
    expect(record).toEqual(before);
  });

  it("keeps what GOAUTH says without a secret", () => {
    for (const GOAUTH of ["off", "netrc", "git /home/ada/x; netrc"]) {
      const session = sampleSession({ goEnv: { GOAUTH } });
      expect(redactRecord(session)).toBe(session);
    }
  });
});

describe("redactTarget", () => {
  it.each([
    [
      "/golang.org/x/tools/@v/v0.30.0.zip",
      "/golang.org/x/tools/@v/v0.30.0.zip",
    ],
    ["/x?go-get=1", "/x?go-get=1"],
    [
      "/r.git/info/refs?service=git-upload-pack",
      "/r.git/info/refs?service=git-upload-pack",
    ],
    ["/x?a=1&token=s3cret&b=2", "/x?a=1&token=REDACTED&b=2"],
    ["/x?token=s3;cret&b=2", "/x?token=REDACTED&b=2"],
    ["/x?a=1;token=s3cret", "/x?a=1;token=REDACTED"],
    ["/x?%74oken=s3cret", "/x?%74oken=REDACTED"],
    ["/x?%zztoken=s3cret", "/x?%zztoken=REDACTED"],
    ["/x?token=", "/x?token="],
    [
      "/p/https:/ada:s3cret@corp.example/@v/list",
      "/p/https:/REDACTED:REDACTED@corp.example/@v/list",
    ],
    [
      "/p/https://goproxy.cn/a.example/@v/list",
      "/p/https://goproxy.cn/a.example/@v/list",
    ],
    [
      "/x?to=https%3A%2F%2Fh.example%2F%3Ftoken%3Ds3cret",
      "/x?to=https%3A%2F%2Fh.example%2F%3Ftoken%3DREDACTED",
    ],
    ["/ghp_0123456789abcdefABCD/x.zip", "/REDACTED/x.zip"],
  ])("%s", (target, clean) => {
    expect(redactTarget(target)).toBe(clean);
    expect(redactTarget(clean)).toBe(clean);
  });
});

describe("redactText", () => {
  it.each([
    "unexpected EOF",
    "module golang.org/x/tools@v0.30.0: reading https://goproxy.cn/golang.org/x/tools/@v/v0.30.0.zip: 404 Not Found",
    "connect ECONNREFUSED 203.0.113.7:443",
    "HTTP parser: unexpected token: LF",
    "https://goproxy.cn,https://goproxy.io|direct",
    "sum.example.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
  ])("leaves %s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['{"token": "s3cret"}', '{"token": REDACTED}'],
    ["token='s3 cret' x", "token=REDACTED x"],
    ["sent Bearer s3cretvalue to it", "sent Bearer REDACTED to it"],
    ["password: s3cret", "password: REDACTED"],
    ["see ada:s3cret@h.example", "see REDACTED:REDACTED@h.example"],
  ])("%s", (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });
});

describe("hostile text", () => {
  // With a pattern that works by the square, one of these takes longer than a test may.
  it.each(
    [
      "a",
      "a:",
      "a:/",
      ":%2f",
      "x-",
      "eyJ-",
      "eyJ.",
      ";a",
      "&a%3D",
      "=",
      "a:b,",
    ].concat(["= a", "token ", "ghp_", '"a', "basic ", "a=%40"]),
  )("takes no longer than it is long: %j", (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    expect(redactText(`x=1 ${text}`).length).toBeGreaterThan(0);
    expect(redactTarget(`/?x=1&${text}`).length).toBeGreaterThan(0);
  });
});

describe("redactArgv", () => {
  it("leaves go's own flags and modules alone", () => {
    const argv = [
      "go",
      "get",
      "-u",
      "example.com:8443/x@v1.2.3",
      "-modfile=go.alt.mod",
      "-x",
      "https://h.example/a",
    ];
    expect(redactArgv(argv)).toBe(argv);
  });

  it.each([
    [["sh", "-c", "curl -u bob:pw h && x --password  hunter2 -v"]],
    [["sh", "-c", "x --token hunter2"]],
    [["curl", "-ubob:hunter2", "h"]],
    [["curl", "--user=bob:hunter2", "h"]],
    [["curl", "--proxy-user=bob:hunter2", "h"]],
  ])("takes credentials out of scripts and joined flags: %j", (argv) => {
    const clean = redactArgv(argv).join(" ");
    expect(clean).not.toMatch(/hunter2|:pw/);
    expect(clean).toContain("REDACTED");
  });

  it("leaves the rest of a script as it is", () => {
    const [, , script] = redactArgv(["sh", "-c", "go  mod download\n&& ls"]);
    expect(script).toBe("go  mod download\n&& ls");
  });
});

describe("safeHeaders", () => {
  it("keeps the allow-list alone, redacted, cut and bounded", () => {
    const kept = safeHeaders([
      ["Content-Type", "application/zip"],
      ["Set-Cookie", "sid=1"],
      ["Location", "https://cdn.example/x?sig=abc"],
      ["X-Secret-Thing", "1"],
      ["Via", "v".repeat(5000)],
      ...Array.from({ length: 500 }, (): [string, string] => ["Via", "1.1 x"]),
    ]);
    expect(kept.slice(0, 2)).toEqual([
      ["content-type", "application/zip"],
      ["location", "https://cdn.example/x?sig=REDACTED"],
    ]);
    expect(kept[2]?.[1]).toHaveLength(256);
    expect(kept).toHaveLength(40);
  });
});
