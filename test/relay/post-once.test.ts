import { expect, it } from "vitest";

import type { BodyReader, BodySink, BodySource } from "../../src/model/body.js";
import type { ClientRequest } from "../../src/model/client.js";
import { SILENT } from "../../src/model/log.js";
import { DIRECT, type Origin } from "../../src/model/way.js";
import { Relay } from "../../src/relay/relay.js";
import { FakeClock } from "../support/fake-clock.js";

const ORIGIN: Origin = { scheme: "https", host: "code.example", port: 443 };
const LIMITS = { dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 };

it("a body that was begun is not begun again, though the peer refused its stream unread", () => {
  let begun = 0;
  const body: BodySource = {
    start: (_reader: BodyReader) => void begun++,
    pause() {},
    resume() {},
    cancel() {},
  };
  const sink: BodySink = {
    write: () => true,
    onDrain() {},
    end() {},
    reset() {},
  };
  const statuses: number[] = [];
  const request: ClientRequest = {
    connection: {
      id: 1,
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      localPort: 2,
      openedAtMs: 0,
    },
    via: "connect",
    protocol: "2",
    method: "POST",
    origin: ORIGIN,
    target: "/r.git/git-upload-pack",
    headers: [],
    hostHeader: "code.example",
    body,
    receivedAtMs: 0,
    response: {
      head: ({ status }) => void statuses.push(status),
      informational() {},
      sink,
      onGone() {},
    },
  };
  let attempts = 0;
  const target = { origin: ORIGIN, way: DIRECT, limits: LIMITS };
  const relay = new Relay({
    clock: new FakeClock(),
    log: SILENT,
    upstream: {
      attempt(_target, _request, record, span, handlers) {
        attempts += 1;
        record.reused = span;
        handlers.ready(sink);
        handlers.failed({ kind: "goaway", code: "REFUSED_STREAM" });
        return { abort() {} };
      },
      tunnel: () => ({ abort() {} }),
      close: async () => {},
    },
    plan: () => ({
      info: { kind: "git-upload-pack", template: "{path}" },
      target,
      limits: { firstByteMs: 0, bodyIdleMs: 0, totalMs: 0 },
    }),
    planTunnel: () => target,
    newExchangeId: () => "0123456789ab",
    traceIdOf: () => "",
    observe() {},
    answer: () => ({ status: 502, text: "no\n" }),
    safeHeaders: () => [],
  });
  relay.request(request);
  expect({ attempts, begun, statuses }).toEqual({
    attempts: 1,
    begun: 1,
    statuses: [502],
  });
});
