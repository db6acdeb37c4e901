import { describe, expect, it } from "vitest";

import { spanIdOf } from "../../src/model/span-ref.js";
import { ATTR } from "../../src/span/attributes.js";
import { spansOfExchange } from "../../src/span/exchange-spans.js";
import { redactRecord } from "../../src/span/redact.js";
import { spansOf } from "../../src/span/trace.js";
import { buildTree } from "../../src/span/tree.js";
import {
  recoveredTrace,
  sampleAttempt,
  sampleExchange,
  sampleSession,
} from "../support/sample-trace.js";

const spans = spansOf(recoveredTrace());
const of = (number: number) =>
  spans.filter(({ span_id: id }) => id.startsWith(`b0000000000${number}`));
const clients = (number: number) =>
  of(number).filter(({ kind }) => kind === "CLIENT");

describe("the spans of a request that took more than one attempt", () => {
  it("say of each attempt why, from where, over which way and to which URL", () => {
    const [, beside] = clients(2);
    expect(beside?.attributes).toMatchObject({
      "gotap.attempt.reason": "beside",
      "gotap.source": "mirror",
      "server.address": "goproxy.io",
      "url.full": "https://goproxy.io/base/example.com/beside/@v/v1.0.0.zip",
      "http.request.resend_count": 1,
    });
    expect(clients(7)[1]?.attributes).toMatchObject({
      "gotap.attempt.reason": "way",
      "gotap.way": "backup-http",
    });
    const [first] = clients(7);
    expect(first?.attributes).not.toHaveProperty(ATTR.source);
    expect(first?.attributes).not.toHaveProperty(ATTR.attemptReason);
  });

  it("have a span for each pause, with an id of its own", () => {
    const [server, pause] = of(1);
    expect(pause).toMatchObject({
      span_id: spanIdOf("b00000000001", undefined, 1),
      parent_span_id: server?.span_id,
      name: "backoff",
      kind: "INTERNAL",
      status: { code: "UNSET" },
      attributes: {
        "gotap.wait.why": "backoff",
        "gotap.wait.before_attempt": 1,
      },
    });
    expect(server?.attributes[ATTR.attemptCount]).toBe(2);
  });

  it("end an open pause with its request, and leave it open while that is", () => {
    const waits = [{ startedAtMs: 1100, why: "budget" as const, before: 1 }];
    const ended = sampleExchange({ waits });
    const { endedAtMs: _, ...open } = ended;
    const end = (exchange: typeof open) =>
      spansOfExchange(sampleSession(), exchange)[1]?.end_unix_nano;
    expect(end(ended)).toBe("1795341600521000000");
    expect(end(open)).toBeNull();
  });

  it("take a mirror's 404 for an answer, and what came too late", () => {
    const [, missing] = clients(5);
    expect(missing).toMatchObject({
      status: { code: "UNSET" },
      attributes: { "gotap.attempt.unused": true, "gotap.failure.code": "404" },
    });
    const overtaken = sampleExchange({
      attempts: [
        sampleAttempt({
          failure: { kind: "overtaken" },
          wait: { startedAtMs: 1020, failure: { kind: "overtaken" } },
        }),
        sampleAttempt({
          index: 1,
          failure: { kind: "not-there", code: "404" },
          receive: { startedAtMs: 1020, failure: { kind: "not-there" } },
        }),
      ],
    });
    for (const span of spansOfExchange(sampleSession(), overtaken))
      expect([span.name, span.status]).toEqual([span.name, { code: "UNSET" }]);
  });

  it("call a 5xx that was retried an error of its attempt, not of the request", () => {
    const [server, , refused] = of(1);
    expect(server?.status.code).toBe("UNSET");
    expect(refused).toMatchObject({
      status: { code: "ERROR" },
      attributes: {
        "error.type": "server-error",
        "http.response.status_code": 503,
        "gotap.attempt.unused": true,
      },
    });
  });

  it("call a request an error that ended with a mirror's 404", () => {
    const exchange = sampleExchange({
      status: 502,
      failure: { kind: "not-there", code: "404" },
    });
    const [server] = spansOfExchange(sampleSession(), exchange);
    expect(server?.attributes[ATTR.errorType]).toBe("not-there");
  });

  it.each([
    [1, undefined],
    [2, "goproxy.io"],
    [3, undefined],
    [4, "goproxy.io"],
    [5, "gomodcache"],
    [6, "goproxy.io"],
    [7, undefined],
  ])("say who served request %i: %s", (number, host) => {
    expect(of(number)[0]?.attributes[ATTR.servedBy]).toBe(host);
  });

  it("say where a continued body went on", () => {
    expect(
      clients(4).map(({ attributes }) => attributes[ATTR.resumeOffset]),
    ).toEqual([undefined, 6_000_000, 6_000_000]);
  });

  it("name this machine's cache and the path in it, and neither folder nor port", () => {
    const [, , stored] = clients(5);
    expect(stored?.attributes).toMatchObject({
      "server.address": "gomodcache",
      "url.full": "gomodcache:/example.com/stored/@v/v1.0.0.zip",
      "gotap.source": "offline",
    });
    for (const key of [ATTR.serverPort, ATTR.way, ATTR.urlScheme])
      expect(stored?.attributes).not.toHaveProperty(key);
  });

  it("show no signature of a redirect, and no home folder", () => {
    const record = sampleExchange({
      attempts: [
        sampleAttempt({
          source: "offline",
          target: "/home/ada/go/pkg/mod/cache/download/x.zip",
          failure: {
            kind: "internal",
            cause: "EACCES: permission denied, open '/home/ada/go/x.zip'",
          },
        }),
        sampleAttempt({ index: 1, target: "/b?X-Amz-Signature=deadbeef" }),
      ],
    });
    for (const text of [
      JSON.stringify(redactRecord(record)),
      JSON.stringify(redactRecord(recoveredTrace().exchanges[5] ?? record)),
      JSON.stringify(spans),
    ]) {
      expect(text).not.toContain("deadbeef");
      expect(text).not.toContain("/home/ada/go");
    }
    expect(JSON.stringify(redactRecord(record))).toContain("'~/go/x.zip'");
  });

  it("never share an id, however many attempts and pauses there are", () => {
    const exchange = sampleExchange({
      attempts: Array.from({ length: 2000 }, (_, index) =>
        sampleAttempt({ index }),
      ),
      waits: Array.from({ length: 2000 }, (_, before) => ({
        startedAtMs: 1020,
        endedAtMs: 1021,
        why: "backoff" as const,
        before,
      })),
    });
    const ids = spansOfExchange(sampleSession(), exchange).map(
      (span) => span.span_id,
    );
    expect(new Set(ids).size).toBe(1 + 63 + 1023);
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });
});

describe("the spans of what changed", () => {
  it("are of no length, under the session, named by subject", () => {
    const changes = spans.filter(
      (span) => span.attributes[ATTR.stateTo] !== undefined,
    );
    expect(changes).toMatchObject([
      {
        span_id: "00000000000000c1",
        parent_span_id: "00000000000000b1",
        name: "breaker",
        kind: "INTERNAL",
        start_unix_nano: "1795341606000000000",
        end_unix_nano: "1795341606000000000",
        attributes: {
          "gotap.breaker.name": "goproxy.cn:443 modules",
          "gotap.breaker.state.from": "closed",
          "gotap.breaker.state.to": "open",
          "gotap.rule": "breaker.failures",
        },
      },
      { name: "health" },
    ]);
  });

  it("lose the credentials in their cause", () => {
    const session = sampleSession({
      changes: [
        {
          spanId: "00000000000000c1",
          atMs: 1,
          subject: "breaker",
          name: "way backup-http",
          from: "closed",
          to: "open",
          rule: "breaker.failures",
          cause: "http://bob:hunter2@proxy.corp.example refused",
        },
      ],
    });
    expect(JSON.stringify(redactRecord(session))).not.toContain("hunter2");
    for (const session of recoveredTrace().sessions)
      expect(redactRecord(session)).toBe(session);
  });
});

describe("buildTree", () => {
  it("tells pauses and changes from runs, sessions and phases", () => {
    const [run] = buildTree(spans).roots;
    const [session] = run?.children ?? [];
    expect(session?.level).toBe("session");
    expect(session?.children.map(({ level }) => level)).toContain("change");
    const retried = session?.children.find(
      ({ span }) => span.span_id === "b000000000010000",
    );
    expect(retried?.children.map(({ level }) => level)).toEqual([
      "attempt",
      "wait",
      "attempt",
    ]);
  });
});
