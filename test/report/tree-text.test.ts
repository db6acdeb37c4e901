import { describe, expect, it } from "vitest";

import type {
  AttemptRecord,
  ExchangeRecord,
  WaitRecord,
} from "../../src/model/record.js";
import { textWidth } from "../../src/report/text-width.js";
import { treeText } from "../../src/report/tree-text.js";
import { spansOf } from "../../src/span/trace.js";
import {
  manySpans,
  recoveredTrace,
  sampleExchange,
  sampleSession,
  sampleTrace,
  TRACE_ID,
  sampleAttempt,
} from "../support/sample-trace.js";

const NOW = 1_795_341_612_300;
const ascii = { columns: 80, color: false, unicode: false, nowUnixMs: NOW };
const spans = spansOf(sampleTrace());

describe("treeText", () => {
  it("shows run, sessions and one line a request, with the cause of what failed", () => {
    expect(treeText(spans, ascii)).toMatchInlineSnapshot(`
      "2026-11-22 10:00:00Z  run 1f2e3d4c5b6a7988  trace 4bf92f3577b34da6a3ce929d0e0e4~
      make deps (exit code 1)                          12.3 s ========================
        go mod download                                 8.8 s ==================
          goproxy.cn golang.org/x/tools@v0.30.0.info   501 ms c#
          goproxy.cn golang.org/x/tools@v0.30.0.mod    539 ms q-
          goproxy.cn golang.org/x/tools@v0.3~ 3.3 MB    7.2 s  ------#########
          goproxy.cn corp.example/none/@v/list 404      80 ms  #
          goproxy.cn golang.org/x/text@v0~ truncated   900 ms  -##
            the body ended after 20000 of 90000 bytes
          git.corp.example/team/lib?g~ tls-untrusted   360 ms   c
            certificate has expired
          git.corp.example/team/lib?g~ tls-untrusted   360 ms    cc
            certificate has expired
          CONNECT github.com                           900 ms    cc.
          goproxy.cn golang.org/x/net@v0.~ cancelled   700 ms                -#
        go vet                                          7.4 s          ==============>
          goproxy.cn golang.org/x/tools@~ wait 7.2 s    7.3 s          -------------->

      q queue  d dns  c connect  t tls  - wait  # receive
      "
    `);
  });

  it("shows each attempt's reason, source and way, each pause and each change", () => {
    const text = treeText(spansOf(recoveredTrace()), ascii);
    expect(text).toMatchInlineSnapshot(`
      "2026-11-22 10:00:00Z  run 1f2e3d4c5b6a7988  trace 4bf92f3577b34da6a3ce929d0e0e4~
      go mod download (exit code 1)                     8.9 s ========================
        go mod download                                 8.8 s ========================
          example.com/retried@v1.0.0.zip                1.2 s zzzz
            goproxy.cn 503                             100 ms .
            backoff                                     1.0 s zzzz
            goproxy.cn, retry after 1.0 s              100 ms    .
          example.com/beside@v1.0.0~ from goproxy.io    1.3 s ....
            goproxy.cn first-byte-timeout               1.2 s ....
            mirror goproxy.io, beside                  250 ms   ..
          example.com/resumed@v1.0.0.zip 10.0 MB        1.0 s      ....
            goproxy.cn truncated                       500 ms      ..
            goproxy.cn, resumed at 5.0 MB of~ 5.1 MB   500 ms       ...
          example.com/joine~ from goproxy.io 10.0 MB    1.2 s         ....
            goproxy.cn body-idle-timeout               500 ms         ..
            goproxy.cn, resumed at ~ connect-refused   100 ms          .
            mirror goproxy.io, resumed at 6~ 10.0 MB   600 ms          ...
          breaker goproxy.cn:443 modules: closed to~                          !
            5 failures in a row, the last: no first byte
          example.com/stored@v1.0.0~ from gomodcache   110 ms                 .
            mirror goproxy.io, next source 404         100 ms                 .
            gomodcache, next source                     10 ms                 .
          example.com/redirected@v1~ from goproxy.io   200 ms                 ..
            goproxy.cn connect-timeout                  50 ms                 ..
            mirror goproxy.io by backup-http, n~ 302    50 ms                  .
            cdn.example.com by backup-http, redirec~   100 ms                  .
          example.com/way@v1.0.0.zip                   100 ms                  ..
            goproxy.cn connect-timeout                  50 ms                  .
            goproxy.cn by backup-http, next way         50 ms                  ..
          health goproxy.cn: unhealthy to healthy (~                              !

      ! change  z backoff
      "
    `);
  });

  it("gives what a breaker refused a line only where nobody answered, or for --phases", () => {
    const refused = sampleAttempt({
      startedAtMs: 1020,
      endedAtMs: 1020,
      failure: { kind: "breaker-open" },
      bodyBytes: 0,
    });
    const answered = sampleExchange({
      attempts: [
        refused,
        sampleAttempt({ index: 1, way: "backup", reason: "way", status: 200 }),
      ],
    });
    const lost = sampleExchange({
      status: 503,
      failure: { kind: "breaker-open" },
      attempts: [refused, { ...refused, index: 1, reason: "way" }],
    });
    const text = (exchange: ExchangeRecord, phases = false) =>
      treeText(
        spansOf({
          traceId: TRACE_ID,
          sessions: [sampleSession()],
          exchanges: [exchange],
        }),
        { ...ascii, phases },
      );
    expect(text(answered)).not.toContain("breaker-open");
    expect(text(answered)).not.toContain("by backup");
    expect(text(answered, true)).toContain("goproxy.cn breaker-open");
    expect(text(lost).match(/^ {4}goproxy\.cn.* breaker-open/gm)).toHaveLength(
      2,
    );
  });

  it("shows the pauses before one attempt as one line, under the longest one's name", () => {
    const wait = (from: number, to: number, why: WaitRecord["why"]) => ({
      startedAtMs: from,
      endedAtMs: to,
      why,
      before: 1,
    });
    const exchange = sampleExchange({
      endedAtMs: 3500,
      waits: [
        wait(1100, 1400, "backoff"),
        wait(1400, 2400, "budget"),
        wait(2400, 3100, "budget"),
      ],
      attempts: [
        sampleAttempt({ failure: { kind: "reset" }, endedAtMs: 1100 }),
        sampleAttempt({
          index: 1,
          reason: "retry",
          startedAtMs: 3100,
          endedAtMs: 3500,
        }),
      ],
    });
    const lines = treeText(
      spansOf({
        traceId: TRACE_ID,
        sessions: [sampleSession()],
        exchanges: [exchange],
      }),
      ascii,
    )
      .split("\n")
      .filter((line) => line.trim().startsWith("backoff"));
    expect(lines).toEqual([
      expect.stringMatching(/^ {4}backoff, retry budget +2\.0 s/),
    ]);
  });

  it("says the pause that a request is in", () => {
    const { endedAtMs: _, status: _s, ...open } = sampleExchange();
    const { endedAtMs: _e, ...session } = sampleSession();
    const spans = spansOf({
      traceId: TRACE_ID,
      sessions: [session],
      exchanges: [
        {
          ...open,
          waits: [{ startedAtMs: 11_300, why: "retry-after", before: 1 }],
        },
      ],
    });
    const text = treeText(spans, { ...ascii, columns: 110 });
    expect(text).toMatch(/tools@v0\.30\.0\.zip backoff 2\.0 s/);
    expect(text).toMatch(/backoff, as the server asked open +2\.0 s .*z>/);
  });

  it("says of a request and its attempts that no certificate was checked", () => {
    const setBy = "GOINSECURE=*.corp.example";
    const lines = (trust: AttemptRecord["trust"]) => {
      const attempt = sampleAttempt(trust === undefined ? {} : { trust });
      const trace = {
        traceId: TRACE_ID,
        sessions: [sampleSession()],
        exchanges: [sampleExchange({ attempts: [attempt] })],
      };
      const wide = { ...ascii, columns: 160, phases: true };
      return treeText(spansOf(trace), wide)
        .split("\n")
        .filter((line) => line.includes("certificate not checked"));
    };
    expect(lines({ insecure: true, setBy })).toHaveLength(2);
    expect(lines({ setBy })).toEqual([]);
    expect(lines(undefined)).toEqual([]);
  });

  it("opens attempts and phases when asked", () => {
    const text = treeText(spans, { ...ascii, columns: 110, phases: true });
    expect(text.split("\n").length).toBeGreaterThan(spans.length);
    expect(text).toMatch(/connect 2001:db8::7 connect-unreachable +279 ms c/);
    expect(text).toMatch(/goproxy\.cn \(reused\)/);
  });

  it("keeps every line in its width, at any width and with any glyphs", () => {
    for (const columns of [40, 80, 200])
      for (const unicode of [true, false])
        for (const phases of [true, false]) {
          const all = [...spans, ...spansOf(recoveredTrace())];
          const text = treeText(all, { ...ascii, columns, unicode, phases });
          for (const line of text.split("\n"))
            expect(textWidth(line)).toBeLessThanOrEqual(columns);
        }
  });

  it("paints without changing the text", () => {
    const painted = treeText(spans, { ...ascii, color: true });
    // eslint-disable-next-line no-control-regex -- takes the colours off
    const plain = painted.replace(/\u001b\[\d+m/g, "");
    expect(painted).not.toBe(plain);
    expect(plain).toBe(treeText(spans, ascii));
  });

  it("lets no control or bidi character of a peer through", () => {
    const evil = "x\u001b]0;owned\u0007\u202ey";
    const trace = {
      traceId: TRACE_ID,
      sessions: [sampleSession({ command: `go ${evil}` })],
      exchanges: [
        sampleExchange({
          request: { kind: "other", template: "/", modulePath: evil },
          host: evil,
          target: `/${evil}`,
          failure: { kind: "protocol", cause: evil },
          tunnelReason: evil,
        }),
      ],
    };
    for (const phases of [true, false])
      expect(
        treeText(spansOf(trace), { ...ascii, phases }).replaceAll("\n", ""),
      ).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  });

  it("folds 2,500 requests into 2,500 lines", () => {
    const big = spansOf(manySpans(10_000));
    expect(big.length).toBeGreaterThanOrEqual(10_000);
    expect(treeText(big, ascii).split("\n")).toHaveLength(2505);
  });

  it("says when there is nothing, and when spans have lost their parent", () => {
    expect(treeText([], ascii)).toBe("nothing recorded\n");
    const alone = spans.filter(({ kind }) => kind === "SERVER").slice(0, 2);
    expect(treeText(alone, ascii)).toContain("2 spans have lost their parent");
  });
});
