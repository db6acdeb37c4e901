import { expect, it } from "vitest";

import { headerValue } from "../../src/model/headers.js";
import { seededBytes } from "../support/seeded-bytes.js";
import { planFor } from "./sample-relay.js";
import { ScriptedRelay, TARGET } from "./scripted-relay.js";

const ZIP = seededBytes("zip", 200_000);

it("the rest is asked of the same source by its range, though its station was made anew meanwhile", async () => {
  const plan = () => planFor("zip", TARGET, { attempts: 3 });
  const relay = new ScriptedRelay([], {
    // Each look at the route makes its stations anew, as it is while a session's settings come to light.
    plan: () => ({
      ...plan(),
      known: Promise.resolve(),
      route: () => plan().route(),
    }),
  });
  const first = relay.answer(200, [], ZIP.length);
  first.feed(ZIP.subarray(0, 150_000));
  await Promise.resolve();
  first.reader?.failed({ kind: "truncated" });
  const from = 150_000 - 65_536;
  expect(headerValue(relay.last.headers, "range")).toBe(`bytes=${from}-`);

  const second = relay.answer(
    206,
    [["Content-Range", `bytes ${from}-199999/200000`]],
    ZIP.length - from,
  );
  second.feed(ZIP.subarray(from));
  second.reader?.end();
  expect(relay.bytes.equals(ZIP)).toBe(true);
  expect(relay.heads).toHaveLength(1);
  expect(relay.ending).toBe("ended");
  expect(relay.record?.attempts.map(({ reason }) => reason)).toEqual([
    undefined,
    "resume",
  ]);
  expect(relay.record?.failure).toBeUndefined();
});
