import { expect, it } from "vitest";

import type { BodyReader } from "../../src/model/body.js";
import type { ResponseHead } from "../../src/model/client.js";
import { headerValue } from "../../src/model/headers.js";
import type { ExchangeRecord } from "../../src/model/record.js";
import type {
  AttemptHandlers,
  UpstreamRequest,
} from "../../src/model/upstream.js";
import { Relay } from "../../src/relay/relay.js";
import { seededBytes } from "../support/seeded-bytes.js";
import { ORIGIN, planFor, relayOptions } from "./sample-relay.js";

const ZIP = seededBytes("zip", 200_000);
const TARGET = "/example.com/m/@v/v1.0.0.zip";

it("the rest is asked of the same source by its range, though its station was made anew meanwhile", async () => {
  const asked: UpstreamRequest[] = [];
  const tried: AttemptHandlers[] = [];
  const seen: ExchangeRecord[] = [];
  const written: Uint8Array[] = [];
  const heads: ResponseHead[] = [];
  let ends = 0;
  const plan = planFor("zip", TARGET, { attempts: 3 });
  const relay = new Relay(
    relayOptions(
      {
        attempt(_target, request, _record, _span, handlers) {
          asked.push(request);
          tried.push(handlers);
          return { abort() {} };
        },
      },
      // Each look at the route makes its stations anew, as it is while a session's settings come to light.
      {
        ...plan,
        known: Promise.resolve(),
        route: () => planFor("zip", TARGET, { attempts: 3 }).route(),
      },
      { observe: (record) => void seen.push(record) },
    ),
  );
  relay.request({
    connection: {
      id: 1,
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      localPort: 2,
      openedAtMs: 0,
    },
    via: "connect",
    protocol: "2",
    method: "GET",
    origin: ORIGIN,
    target: TARGET,
    headers: [],
    hostHeader: ORIGIN.host,
    body: undefined,
    receivedAtMs: 0,
    response: {
      head: (head) => void heads.push(head),
      informational() {},
      onGone() {},
      sink: {
        write: (chunk) => written.push(chunk) > 0,
        onDrain() {},
        end: () => void (ends += 1),
        reset() {},
      },
    },
  });
  const answer = (index: number, head: ResponseHead): BodyReader => {
    let reader: BodyReader | undefined;
    tried[index]?.ready(undefined);
    tried[index]?.response(head, {
      start: (one) => void (reader = one),
      pause() {},
      resume() {},
      cancel() {},
    });
    if (reader === undefined) throw new Error(`attempt ${index} is not read`);
    return reader;
  };

  const first = answer(0, { status: 200, headers: [], contentLength: 200_000 });
  first.data(ZIP.subarray(0, 150_000));
  await Promise.resolve();
  first.failed({ kind: "truncated" });
  const from = 150_000 - 65_536;
  expect(headerValue(asked[1]?.headers ?? [], "range")).toBe(`bytes=${from}-`);

  const second = answer(1, {
    status: 206,
    headers: [["Content-Range", `bytes ${from}-199999/200000`]],
    contentLength: 200_000 - from,
  });
  second.data(ZIP.subarray(from));
  second.end();
  expect(Buffer.concat(written).equals(ZIP)).toBe(true);
  expect({ heads: heads.length, ends }).toEqual({ heads: 1, ends: 1 });
  expect(seen.at(-1)?.attempts.map(({ reason }) => reason)).toEqual([
    undefined,
    "resume",
  ]);
  expect(seen.at(-1)?.failure).toBeUndefined();
});
