import { expect, it } from "vitest";

import type { BodyReader, BodySink, BodySource } from "../../src/model/body.js";
import type { ClientRequest } from "../../src/model/client.js";
import { Relay } from "../../src/relay/relay.js";
import { ORIGIN, planFor, relayOptions } from "./sample-relay.js";

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
  const plan = planFor("git-upload-pack", request.target, {
    repeatable: false,
  });
  const relay = new Relay(
    relayOptions(
      {
        attempt(_target, _request, record, span, handlers) {
          attempts += 1;
          record.reused = span;
          handlers.ready(sink);
          handlers.failed({ kind: "goaway", code: "REFUSED_STREAM" });
          return { abort() {} };
        },
      },
      plan,
    ),
  );
  relay.request(request);
  expect({ attempts, begun, statuses }).toEqual({
    attempts: 1,
    begun: 1,
    statuses: [502],
  });
});
