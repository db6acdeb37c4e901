import { expect, it } from "vitest";

import type { ClientRequest } from "../../src/model/client.js";
import { waitFor } from "../support/wait-for.js";
import {
  connectThrough,
  dial,
  echo,
  h1Through,
  h2Get,
  h2Through,
  startRig,
  tlsThrough,
} from "./rig.js";

it("lets open requests end, closes idle connections at once, and takes no more", async () => {
  const rig = await startRig();
  const held: ClientRequest[] = [];
  rig.onRequest = (request) => held.push(request);
  const idlePlain = await dial(rig.port);
  const idleInside = await h1Through(rig);
  const idleH2 = await h2Through(rig);
  const h1 = await h1Through(rig);
  const h2 = await h2Through(rig);
  h1.send("GET /h1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
  const answer = h2Get(h2, { ":path": "/h2" });
  await waitFor("both requests", () => held.length === 2);

  let isClosed = false;
  const closing = rig.close(20_000).then(() => {
    isClosed = true;
  });
  await idlePlain.whenClosed();
  await idleInside.whenClosed();
  await waitFor("GOAWAY to an idle session", () => idleH2.destroyed);
  await expect(dial(rig.port)).rejects.toThrow("ECONNREFUSED");
  expect(isClosed).toBe(false);
  for (const request of held) echo(request);
  expect(await h1.whenClosed()).toContain("/h1\n");
  expect(h1.text).toContain("Connection: close\r\n");
  expect(await answer).toMatchObject({ status: 200, rstCode: 0 });
  await closing;
  expect(rig.connections()).toBe(0);
  await rig.end();
  expect(rig.closed).toHaveLength(5);
});

it("closes what is left when the grace is over, and tells who waits", async () => {
  const rig = await startRig();
  let gone = 0;
  const onGone = (): void => {
    gone++;
  };
  rig.onRequest = ({ response }) => {
    response.onGone(onGone);
  };
  rig.onTunnel = (tunnel) => {
    tunnel.onGone(onGone);
  };
  const h1 = await h1Through(rig);
  h1.send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
  const h2 = await h2Through(rig);
  h2.request({ ":path": "/" }).on("error", () => {});
  const shaking = await connectThrough(rig);
  await waitFor("both requests", () => rig.requests.length === 2);
  rig.admission = () => ({ action: "tunnel", reason: "x" });
  const tunnel = await connectThrough(rig);
  await waitFor("the tunnel", () => rig.tunnels.length === 1);
  await rig.close(100);
  await waitFor("all three", () => gone === 3);
  expect(rig.connections()).toBe(0);
  for (const socket of [shaking, tunnel]) socket.destroy();
  await rig.end();
});

it("gives every connection one end", async () => {
  const rig = await startRig();
  for (let i = 0; i < 10; i++) {
    const secure = await tlsThrough(rig, [i % 2 === 0 ? "h2" : "http/1.1"]);
    secure.destroy();
  }
  await waitFor("all closes", () => rig.closed.length === 10);
  expect(new Set(rig.closed.map(({ id }) => id)).size).toBe(10);
  await rig.end();
});
