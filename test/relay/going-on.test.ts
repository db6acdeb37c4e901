import { describe, expect, it } from "vitest";

import type { Way } from "../../src/model/way.js";
import { borrowedAnswer } from "../../src/policy/borrowed-answer.js";
import { relayOptions, planFor } from "./sample-relay.js";
import { ScriptedRelay, STATIONS } from "./scripted-relay.js";

const ZIP = Buffer.alloc(300_000, "0123456789abcdef");
const { rules: PLAIN } = relayOptions(
  { attempt: () => ({ abort() {} }) },
  planFor("zip", "/"),
);
const RULES = { ...PLAIN, borrowed: borrowedAnswer };
const CUT = { kind: "truncated", phase: "receive" } as const;

function rangeOf(from: number): [string, string] {
  return ["content-range", `bytes ${from}-${ZIP.length - 1}/${ZIP.length}`];
}

describe("a body that broke off", () => {
  it("goes on at its own source as often as it breaks off", () => {
    const relay = new ScriptedRelay();
    const first = relay.answer(200, [], ZIP.length);
    first.feed(ZIP.subarray(0, 100_000));
    first.reader?.failed(CUT);
    for (const have of [100_000, 200_000]) {
      const from = have - 65_536;
      expect(relay.last.headers).toEqual([["Range", `bytes=${from}-`]]);
      const body = relay.answer(206, [rangeOf(from)], ZIP.length - from);
      body.feed(ZIP.subarray(from, have + 100_000));
      if (have === 200_000) body.reader?.end();
      else body.reader?.failed(CUT);
    }
    expect(relay.ending).toBe("ended");
    expect(relay.bytes.equals(ZIP)).toBe(true);
    expect(relay.attempts).toHaveLength(3);
  });

  it("goes on from where a mirror's redirect leads", () => {
    const relay = new ScriptedRelay(
      STATIONS,
      { rules: RULES },
      { attempts: 1 },
    );
    const first = relay.answer(200, [], ZIP.length);
    first.feed(ZIP.subarray(0, 10_000));
    first.reader?.failed(CUT);
    expect(relay.last.host).toBe("goproxy.io");
    relay.answer(302, [["location", "https://cdn.example/a.zip"]]);
    expect(relay.last.host).toBe("cdn.example");
    const second = relay.answer(200, [], ZIP.length);
    second.feed(ZIP);
    second.reader?.end();
    expect(relay.ending).toBe("ended");
    expect(relay.bytes.equals(ZIP)).toBe(true);
  });

  it("is not whole with a piece that ends before its range does", () => {
    const relay = new ScriptedRelay();
    const first = relay.answer(200, [], ZIP.length);
    first.feed(ZIP.subarray(0, 100_000));
    first.reader?.failed(CUT);
    const from = 100_000 - 65_536;
    const body = relay.answer(206, [rangeOf(from)]);
    body.feed(ZIP.subarray(from, 200_000));
    body.reader?.end();
    expect(relay.ending).toBe("open");
    expect(relay.record?.attempts[1]?.failure?.kind).toBe("truncated");
    expect(relay.last.headers).toEqual([
      ["Range", `bytes=${200_000 - 65_536}-`],
    ]);
  });
});

it("a piece that nobody asked for is not an answer", () => {
  const relay = new ScriptedRelay(STATIONS, { rules: RULES }, { attempts: 1 });
  relay.last.handlers.failed({ kind: "reset" });
  const body = relay.answer(206, [rangeOf(0)], ZIP.length);
  expect(body.cancelled).toBe(true);
  expect(relay.heads.map(({ status }) => status)).toEqual([502]);
});

it.each([
  [408, "neither"],
  [425, "neither"],
  [404, "neither"],
  [429, "refused"],
  [501, "refused"],
  [503, "refused"],
])("%d says %s to the breaker, once", (status, verdict) => {
  const verdicts: string[] = [];
  const relay = new ScriptedRelay(STATIONS.slice(0, 1), {
    rules: {
      ...RULES,
      refusal: (head) =>
        head.status === 404
          ? undefined
          : { failure: { kind: "server-error", code: String(head.status) } },
    },
    gate: {
      enter: () => ({
        ok: true,
        pass: {
          reached() {},
          answered() {},
          ended: ({ type }) => void verdicts.push(type),
        },
      }),
    },
  });
  const body = relay.answer(status, []);
  body.reader?.end();
  expect(verdicts).toEqual([verdict]);
});

it("earns retries at each host once: another way to it is no request of go's", () => {
  const sent: string[] = [];
  const [own, mirror] = STATIONS;
  if (own === undefined || mirror === undefined) throw new Error("no stations");
  const way: Way = { type: "http", name: "backup", host: "p", port: 1 };
  const relay = new ScriptedRelay([own, { ...own, way }, mirror], {
    rules: { ...RULES, sent: ({ source }) => void sent.push(source.name) },
  });
  const first = relay.answer(200, [], ZIP.length);
  first.reader?.failed({ kind: "connect-refused" });
  relay.last.handlers.failed({ kind: "connect-refused" });
  relay.last.handlers.failed({ kind: "connect-refused" });
  expect(relay.attempts.map(({ host }) => host)).toEqual([
    "goproxy.cn",
    "goproxy.cn",
    "goproxy.io",
    "goproxy.io",
  ]);
  expect(sent).toEqual(["goproxy.cn", "goproxy.io"]);
});

it("go hears no interim answer of a mirror", () => {
  const relay = new ScriptedRelay(STATIONS, { rules: RULES });
  const early = { status: 103, headers: [] };
  relay.last.handlers.informational(early);
  relay.last.handlers.failed({ kind: "reset" });
  expect(relay.last.host).toBe("goproxy.io");
  relay.last.handlers.informational(early);
  expect(relay.interims).toEqual([early]);
});
