import { describe, expect, it } from "vitest";

import type { BodySink, BodySource } from "../../src/model/body.js";
import type { ClientConnection } from "../../src/model/client.js";
import type { ExchangeRecord } from "../../src/model/record.js";
import { Relay } from "../../src/relay/relay.js";
import { ORIGIN, planFor, relayOptions } from "./sample-relay.js";

const CONNECTION: ClientConnection = {
  id: 1,
  remoteAddress: "127.0.0.1",
  remotePort: 1,
  localPort: 2,
  openedAtMs: 0,
};

const SINK: BodySink = {
  write: () => true,
  onDrain() {},
  end() {},
  reset() {},
};
const SOURCE: BodySource = { start() {}, pause() {}, resume() {}, cancel() {} };

/** A client that is gone already says so at once. */
const onGone = (listener: () => void): void => {
  listener();
};

function started(): {
  relay: Relay;
  upstream: string[];
  seen: ExchangeRecord[];
} {
  const upstream: string[] = [];
  const seen: ExchangeRecord[] = [];
  const asked = (what: string) => () => {
    upstream.push(what);
    return { abort() {} };
  };
  const relay = new Relay(
    relayOptions(
      { attempt: asked("attempt"), tunnel: asked("tunnel") },
      planFor("other", "/"),
      { observe: (record) => void seen.push(record) },
    ),
  );
  return { relay, upstream, seen };
}

describe("a client that went away before it was served", () => {
  it("its request is recorded, asked of nobody, and not kept open", () => {
    const { relay, upstream, seen } = started();
    relay.request({
      connection: CONNECTION,
      via: "connect",
      protocol: "2",
      method: "GET",
      origin: ORIGIN,
      target: "/",
      headers: [],
      hostHeader: "goproxy.cn",
      body: undefined,
      receivedAtMs: 0,
      response: { head() {}, informational() {}, sink: SINK, onGone },
    });
    expect(upstream).toEqual([]);
    expect(relay.open()).toEqual({ requests: 0, tunnels: 0 });
    expect(seen.at(-1)?.failure).toEqual({ kind: "client-gone" });
  });

  it("its tunnel is recorded, dialled for nobody, and not kept open", () => {
    const { relay, upstream, seen } = started();
    relay.tunnel({
      connection: CONNECTION,
      origin: ORIGIN,
      reason: "",
      protocol: "1.1",
      receivedAtMs: 0,
      source: SOURCE,
      sink: SINK,
      onGone,
    });
    expect(upstream).toEqual([]);
    expect(relay.open()).toEqual({ requests: 0, tunnels: 0 });
    expect(seen.at(-1)?.failure).toEqual({ kind: "client-gone" });
  });
});
