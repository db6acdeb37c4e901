import type {
  AttemptRecord,
  ClockAnchor,
  DialRecord,
  ExchangeRecord,
  RunRecord,
  SessionRecord,
} from "../../src/model/record.js";
import type { RequestInfo } from "../../src/model/request-kind.js";
import { spanIdOf } from "../../src/model/span-ref.js";
import type { TraceRecords } from "../../src/model/trace.js";

export const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
export const RUN_ID = "1f2e3d4c5b6a7988";
/** 2026-11-22T10:00:00.000Z, at 1,000 ms of the monotonic clock. */
const ANCHOR: ClockAnchor = {
  atMs: 1000,
  unixNano: "1795341600000000000",
};

export function sampleRun(over: Partial<RunRecord> = {}): RunRecord {
  return {
    type: "run",
    runId: RUN_ID,
    traceId: TRACE_ID,
    spanId: "00000000000000a1",
    command: ["make", "deps"],
    cwd: "/home/ada/project",
    pid: 4100,
    anchor: ANCHOR,
    startedAtMs: 1000,
    endedAtMs: 13_300,
    exitCode: 1,
    ...over,
  };
}

export function sampleSession(
  over: Partial<SessionRecord> = {},
): SessionRecord {
  return {
    type: "session",
    sessionId: "5e551000000000b1",
    runId: RUN_ID,
    traceId: TRACE_ID,
    spanId: "00000000000000b1",
    parentSpanId: "00000000000000a1",
    command: "go mod download",
    pid: 4101,
    processStartTicks: 991_100,
    cwd: "/home/ada/project",
    goVersion: "go1.26.8",
    goEnv: {
      GOPROXY: "https://goproxy.cn,https://goproxy.io|direct",
      GOPRIVATE: "*.corp.example",
    },
    anchor: ANCHOR,
    startedAtMs: 1004.5,
    endedAtMs: 9800,
    ...over,
  };
}

/** A whole dial of goproxy.cn: two addresses, the first one lost the race. */
export function sampleDial(atMs: number): DialRecord {
  return {
    dns: {
      startedAtMs: atMs,
      endedAtMs: atMs + 12.3,
      addresses: ["2001:db8::7", "203.0.113.7"],
    },
    connects: [
      {
        startedAtMs: atMs + 12.4,
        endedAtMs: atMs + 291.1,
        address: "2001:db8::7",
        port: 443,
        failure: { kind: "connect-unreachable", code: "ENETUNREACH" },
      },
      {
        startedAtMs: atMs + 262.5,
        endedAtMs: atMs + 291,
        address: "203.0.113.7",
        port: 443,
      },
    ],
    tls: {
      startedAtMs: atMs + 291.2,
      endedAtMs: atMs + 350.001,
      version: "1.3",
      cipher: "TLS_AES_128_GCM_SHA256",
      alpn: "h2",
      issuer: "CN=Example CA",
    },
  };
}

export function sampleAttempt(
  over: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    index: 0,
    way: "direct",
    scheme: "https",
    host: "goproxy.cn",
    port: 443,
    startedAtMs: 1020,
    endedAtMs: 1520.25,
    upstreamConnectionId: 1,
    peerAddress: "203.0.113.7",
    peerPort: 443,
    protocol: "2",
    tlsVersion: "1.3",
    bodyBytes: 4096,
    ...over,
  };
}

/** `golang.org/x/tools` and so on, as src/classify would say it. */
export function moduleRequest(
  kind: "list" | "info" | "mod" | "zip",
  modulePath: string,
  moduleVersion?: string,
): RequestInfo {
  return {
    kind,
    modulePath,
    ...(moduleVersion === undefined ? {} : { moduleVersion }),
    template:
      kind === "list" ? "{module}/@v/list" : `{module}/@v/{version}.${kind}`,
  };
}

export function sampleExchange(
  over: Partial<ExchangeRecord> = {},
): ExchangeRecord {
  const request =
    over.request ?? moduleRequest("zip", "golang.org/x/tools", "v0.30.0");
  return {
    type: "exchange",
    exchangeId: "e00000000001",
    sessionId: "5e551000000000b1",
    via: "connect",
    connectionId: 1,
    protocol: "2",
    method: "GET",
    scheme: "https",
    host: "goproxy.cn",
    port: 443,
    target: `/${request.modulePath ?? ""}/@v/${request.moduleVersion ?? ""}.${request.kind}`,
    request,
    startedAtMs: 1020,
    endedAtMs: 1521,
    status: 200,
    requestBytes: 0,
    responseBytes: 4096,
    attempts: [sampleAttempt()],
    ...over,
  };
}

const FIRST_DIAL = {
  traceId: TRACE_ID,
  spanId: spanIdOf("e00000000001", 0),
};

/** An exchange over the connection that e00000000001 dialled. */
function reusing(
  exchangeId: string,
  request: RequestInfo,
  atMs: number,
  tookMs: number,
  bytes: number,
  over: Partial<ExchangeRecord> = {},
): ExchangeRecord {
  const waited = tookMs * 0.4;
  return sampleExchange({
    exchangeId,
    request,
    startedAtMs: atMs,
    endedAtMs: atMs + tookMs,
    responseBytes: bytes,
    responseHeaders: [["content-type", "application/octet-stream"]],
    attempts: [
      sampleAttempt({
        startedAtMs: atMs,
        endedAtMs: atMs + tookMs,
        reused: FIRST_DIAL,
        wait: { startedAtMs: atMs, endedAtMs: atMs + waited },
        receive: { startedAtMs: atMs + waited, endedAtMs: atMs + tookMs },
        status: over.status ?? 200,
        contentLength: bytes,
        bodyBytes: bytes,
      }),
    ],
    ...over,
  });
}

/**
 * `gotap run -- make deps`: two go commands. The first dials goproxy.cn, reuses the connection (one request queued for the
 * dial), meets a 404, a truncated zip, an untrusted certificate and a tunnel, and loses one client; the second still waits
 * for its first byte, 7.2 s by {@link SAMPLE_NOW_MS}.
 */
export function sampleTrace(): TraceRecords {
  return {
    traceId: TRACE_ID,
    run: sampleRun(),
    sessions: [
      sampleSession(),
      sampleSession({
        sessionId: "5e551000000000b2",
        spanId: "00000000000000b2",
        command: "go vet",
        pid: 4177,
        startedAtMs: 5900,
      }),
    ].map((session, index) => (index === 0 ? session : withoutEnd(session))),
    exchanges: [...firstSession(), ...secondSession()],
  };
}

/** The monotonic instant at which the sample trace is looked at. */
export const SAMPLE_NOW_MS = 13_300;

function withoutEnd(session: SessionRecord): SessionRecord {
  const { endedAtMs: _, ...open } = session;
  return open;
}

function firstSession(): ExchangeRecord[] {
  const tools = "golang.org/x/tools";
  return [
    sampleExchange({
      request: moduleRequest("info", tools, "v0.30.0"),
      responseHeaders: [
        ["content-type", "application/json"],
        ["x-cache", "HIT"],
      ],
      attempts: [
        sampleAttempt({
          dial: sampleDial(1020),
          wait: { startedAtMs: 1370.1, endedAtMs: 1500 },
          receive: { startedAtMs: 1500, endedAtMs: 1520.25 },
          status: 200,
        }),
      ],
    }),
    sampleExchange({
      exchangeId: "e00000000002",
      request: moduleRequest("mod", tools, "v0.30.0"),
      startedAtMs: 1021,
      endedAtMs: 1560,
      attempts: [
        sampleAttempt({
          startedAtMs: 1021,
          endedAtMs: 1560,
          reused: FIRST_DIAL,
          queue: { startedAtMs: 1021, endedAtMs: 1370.1, dial: FIRST_DIAL },
          wait: { startedAtMs: 1370.1, endedAtMs: 1550 },
          receive: { startedAtMs: 1550, endedAtMs: 1560 },
          status: 200,
        }),
      ],
    }),
    reusing(
      "e00000000003",
      moduleRequest("zip", tools, "v0.30.0"),
      1600,
      7200,
      3_300_000,
    ),
    reusing(
      "e00000000004",
      moduleRequest("list", "corp.example/none"),
      1610,
      80,
      24,
      {
        status: 404,
      },
    ),
    truncated(),
    untrusted("e00000000006", 2100),
    untrusted("e00000000007", 2900),
    tunnel(),
    reusing(
      "e00000000009",
      moduleRequest("zip", "golang.org/x/net", "v0.35.0"),
      9000,
      700,
      90_000,
      { failure: { kind: "client-gone", phase: "receive" } },
    ),
  ];
}

function truncated(): ExchangeRecord {
  const failure = {
    kind: "truncated",
    phase: "receive",
    cause: "the body ended after 20000 of 90000 bytes",
  } as const;
  const made = reusing(
    "e00000000005",
    moduleRequest("zip", "golang.org/x/text", "v0.22.0"),
    1700,
    900,
    20_000,
    { failure },
  );
  const [attempt] = made.attempts;
  if (attempt !== undefined) {
    attempt.failure = failure;
    attempt.contentLength = 90_000;
  }
  return made;
}

function untrusted(exchangeId: string, atMs: number): ExchangeRecord {
  const failure = {
    kind: "tls-untrusted",
    phase: "tls",
    code: "CERT_HAS_EXPIRED",
    cause: "certificate has expired",
  } as const;
  const dial = sampleDial(atMs);
  return sampleExchange({
    exchangeId,
    host: "git.corp.example",
    target: "/team/lib?go-get=1",
    request: {
      kind: "go-get",
      modulePath: "git.corp.example/team/lib",
      template: "{module}?go-get=1",
    },
    startedAtMs: atMs,
    endedAtMs: atMs + 360,
    status: 502,
    responseBytes: 120,
    failure,
    attempts: [
      sampleAttempt({
        host: "git.corp.example",
        startedAtMs: atMs,
        endedAtMs: atMs + 351,
        bodyBytes: 0,
        dial: dial.tls === undefined ? dial : { ...dial, tls: { ...dial.tls } },
        failure,
      }),
    ],
  });
}

function tunnel(): ExchangeRecord {
  const { tls: _, ...dial } = sampleDial(3000);
  return sampleExchange({
    exchangeId: "e00000000008",
    via: "tunnel",
    protocol: "1.1",
    method: "CONNECT",
    host: "github.com",
    target: "",
    request: { kind: "other", template: "CONNECT" },
    startedAtMs: 3000,
    endedAtMs: 3900,
    requestBytes: 2100,
    responseBytes: 48_000,
    tunnelReason: "the client refused gotap's certificate 2 minutes ago",
    attempts: [
      {
        index: 0,
        way: "direct",
        scheme: "https",
        host: "github.com",
        port: 443,
        startedAtMs: 3000,
        endedAtMs: 3900,
        dial,
        bodyBytes: 48_000,
      },
    ],
  });
}

function secondSession(): ExchangeRecord[] {
  const { endedAtMs: _a, status: _s, ...open } = sampleExchange();
  const { endedAtMs: _b, ...attempt } = sampleAttempt();
  return [
    {
      ...open,
      exchangeId: "e0000000000a",
      sessionId: "5e551000000000b2",
      startedAtMs: 6050,
      responseBytes: 0,
      attempts: [
        {
          ...attempt,
          startedAtMs: 6050,
          reused: FIRST_DIAL,
          bodyBytes: 0,
          wait: { startedAtMs: 6100 },
        },
      ],
    },
  ];
}

/** One session with so many exchanges that its spans are at least `count`: 4 spans an exchange. */
export function manySpans(count: number): TraceRecords {
  const exchanges: ExchangeRecord[] = [];
  const kinds = ["list", "info", "mod", "zip"] as const;
  for (let index = 0; index * 4 < count; index++) {
    const kind = kinds[index % 4] ?? "zip";
    exchanges.push(
      reusing(
        (0xa00000000000 + index).toString(16),
        moduleRequest(
          kind,
          `example.com/module-${index >> 2}`,
          `v1.${index % 9}.0`,
        ),
        1010 + index * 3,
        5 + (index % 50) * 4,
        1000 + index,
      ),
    );
  }
  return {
    traceId: TRACE_ID,
    sessions: [
      sampleSession({
        startedAtMs: 1004,
        endedAtMs: 1400 + (exchanges.length || 1) * 3,
      }),
    ],
    exchanges,
  };
}

/** Each attempt on its way to the answer: the times are given, the rest is usual. */
function tries(
  ...list: (Partial<AttemptRecord> & { startedAtMs: number })[]
): AttemptRecord[] {
  return list.map((over, index) => {
    const {
      peerAddress: _,
      peerPort: _p,
      ...attempt
    } = sampleAttempt({
      index,
      bodyBytes: 0,
    });
    return { ...attempt, ...over };
  });
}

const MIRROR = { host: "goproxy.io", source: "mirror" } as const;
const SILENT = {
  kind: "first-byte-timeout",
  phase: "wait",
  limitMs: 1000,
} as const;

/**
 * `gotap run -- go mod download` that got everything, at a price: a retry after a backoff, a mirror beside a silent source, a body
 * that went on at its own source, one that went on at a mirror, an answer from the module cache, a mirror's redirect, and
 * a breaker that opened and refused one request. The run's exit code is 1.
 */
export function recoveredTrace(): TraceRecords {
  const zip = (path: string) => moduleRequest("zip", path, "v1.0.0");
  const refused = {
    kind: "breaker-open",
    cause: "the breaker of goproxy.cn:443 modules is open",
  } as const;
  const made = (
    number: number,
    path: string,
    attempts: AttemptRecord[],
    over: Partial<ExchangeRecord> = {},
  ): ExchangeRecord => {
    const startedAtMs = attempts[0]?.startedAtMs ?? 1100;
    return sampleExchange({
      exchangeId: (0xb00000000000 + number).toString(16),
      request: zip(path),
      startedAtMs,
      endedAtMs: Math.max(...attempts.map(({ endedAtMs = 0 }) => endedAtMs)),
      attempts,
      ...over,
    });
  };
  return {
    traceId: TRACE_ID,
    run: sampleRun({ command: ["go", "mod", "download"], endedAtMs: 9900 }),
    sessions: [
      sampleSession({
        changes: [
          {
            spanId: "00000000000000c1",
            atMs: 7000,
            subject: "breaker",
            name: "goproxy.cn:443 modules",
            from: "closed",
            to: "open",
            rule: "breaker.failures",
            cause: "5 failures in a row, the last: no first byte",
          },
          {
            spanId: "00000000000000c2",
            atMs: 8500,
            subject: "health",
            name: "goproxy.cn",
            from: "unhealthy",
            to: "healthy",
            rule: "health.passed",
          },
        ],
      }),
    ],
    exchanges: [
      made(
        1,
        "example.com/retried",
        tries(
          {
            startedAtMs: 1100,
            endedAtMs: 1200,
            status: 503,
            unused: true,
            failure: { kind: "server-error", code: "503" },
          },
          {
            startedAtMs: 2200,
            endedAtMs: 2300,
            reason: "retry",
            status: 200,
            bodyBytes: 4096,
          },
        ),
        {
          waits: [
            { startedAtMs: 1200, endedAtMs: 2200, why: "backoff", before: 1 },
          ],
        },
      ),
      made(
        2,
        "example.com/beside",
        tries(
          { startedAtMs: 1100, endedAtMs: 2300, failure: SILENT },
          {
            ...MIRROR,
            startedAtMs: 2100,
            endedAtMs: 2350,
            reason: "beside",
            target: "/base/example.com/beside/@v/v1.0.0.zip",
            status: 200,
            bodyBytes: 4096,
          },
        ),
      ),
      made(
        3,
        "example.com/resumed",
        tries(
          {
            startedAtMs: 3000,
            endedAtMs: 3500,
            status: 200,
            contentLength: 10_000_000,
            bodyBytes: 5_000_000,
            failure: { kind: "truncated", phase: "receive" },
          },
          {
            startedAtMs: 3500,
            endedAtMs: 4000,
            reason: "resume",
            resumedAt: 5_000_000,
            status: 206,
            contentLength: 5_065_536,
            bodyBytes: 5_065_536,
          },
        ),
        { responseBytes: 10_000_000 },
      ),
      made(
        4,
        "example.com/joined",
        tries(
          {
            startedAtMs: 4000,
            endedAtMs: 4500,
            status: 200,
            contentLength: 10_000_000,
            bodyBytes: 6_000_000,
            failure: {
              kind: "body-idle-timeout",
              phase: "receive",
              limitMs: 300,
            },
          },
          {
            startedAtMs: 4500,
            endedAtMs: 4600,
            reason: "resume",
            resumedAt: 6_000_000,
            failure: {
              kind: "connect-refused",
              phase: "connect",
              code: "ECONNREFUSED",
            },
          },
          {
            ...MIRROR,
            startedAtMs: 4600,
            endedAtMs: 5200,
            reason: "resume",
            resumedAt: 6_000_000,
            status: 200,
            contentLength: 10_000_000,
            bodyBytes: 10_000_000,
          },
        ),
        { responseBytes: 10_000_000 },
      ),
      made(
        5,
        "example.com/stored",
        tries(
          { startedAtMs: 7100, endedAtMs: 7100, failure: refused },
          {
            ...MIRROR,
            startedAtMs: 7100,
            endedAtMs: 7200,
            reason: "source",
            status: 404,
            unused: true,
            failure: { kind: "not-there", code: "404" },
          },
          {
            host: "gomodcache",
            port: 0,
            source: "offline",
            startedAtMs: 7200,
            endedAtMs: 7210,
            reason: "source",
            status: 200,
            bodyBytes: 4096,
          },
        ),
      ),
      made(
        6,
        "example.com/redirected",
        tries(
          {
            startedAtMs: 7300,
            endedAtMs: 7350,
            way: "direct",
            failure: { kind: "connect-timeout", phase: "connect", limitMs: 50 },
          },
          {
            ...MIRROR,
            way: "backup-http",
            startedAtMs: 7350,
            endedAtMs: 7400,
            reason: "source",
            status: 302,
            unused: true,
          },
          {
            ...MIRROR,
            host: "cdn.example.com",
            way: "backup-http",
            startedAtMs: 7400,
            endedAtMs: 7500,
            reason: "redirect",
            target: "/blob?X-Amz-Signature=deadbeef",
            status: 200,
            bodyBytes: 4096,
          },
        ),
      ),
      made(
        7,
        "example.com/way",
        tries(
          {
            startedAtMs: 7600,
            endedAtMs: 7650,
            failure: { kind: "connect-timeout", phase: "connect", limitMs: 50 },
          },
          {
            way: "backup-http",
            startedAtMs: 7650,
            endedAtMs: 7700,
            reason: "way",
            status: 200,
            bodyBytes: 4096,
          },
        ),
      ),
    ],
  };
}
