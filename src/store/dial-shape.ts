import type { Failure } from "../model/failure.js";
import type { AttemptRecord, DialRecord } from "../model/record.js";
import { instant, list, nested, plain, shapeOf } from "./shape.js";
import type { Placed } from "./shape.js";

export const FAILURE = shapeOf<Failure, unknown>({
  kind: plain("k"),
  phase: plain("p"),
  code: plain("c"),
  limitMs: plain("l"),
  cause: plain("m"),
});

const TIMES = {
  startedAtMs: instant<unknown, unknown>("s"),
  endedAtMs: instant<unknown, unknown>("e"),
  failure: nested<Failure, unknown>("f", FAILURE),
};

const DNS = shapeOf<NonNullable<DialRecord["dns"]>, DialRecord>({
  ...TIMES,
  addresses: plain("a"),
});

const CONNECT = shapeOf<DialRecord["connects"][number], Placed<DialRecord>>({
  ...TIMES,
  address: plain("a", (_, { within }) => within.dns?.addresses?.[0]),
  port: plain("p", () => 443),
});

const PROXY = shapeOf<NonNullable<DialRecord["proxy"]>, DialRecord>({
  ...TIMES,
  protocol: plain("o"),
  address: plain("a"),
  status: plain("S", () => 200),
});

const TLS = shapeOf<NonNullable<DialRecord["tls"]>, DialRecord>({
  ...TIMES,
  version: plain("v", () => "1.3"),
  cipher: plain("c"),
  alpn: plain("a", () => "h2"),
  issuer: plain("i"),
  resumed: plain("r"),
});

export const DIAL = shapeOf<DialRecord, AttemptRecord>({
  dns: nested("d", DNS),
  connects: list("c", CONNECT),
  proxy: nested("p", PROXY),
  tls: nested("t", TLS),
});
