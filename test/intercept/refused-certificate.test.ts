import { execFile } from "node:child_process";
import tls from "node:tls";
import { promisify } from "node:util";

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
import { connectThrough, type Rig, startRig } from "./rig.js";

const run = promisify(execFile);

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());
beforeEach(() => {
  rig.refused.length = 0;
});

const openssl = (...args: string[]): Promise<unknown> =>
  run("openssl", [
    "s_client",
    "-proxy",
    `127.0.0.1:${rig.port}`,
    "-connect",
    "example.com:443",
    "-servername",
    "example.com",
    "-verify_return_error",
    ...args,
  ]).catch(() => undefined);

it.each(["-tls1_2", "-tls1_3"])(
  "a client that does not know the CA says so, %s",
  async (version) => {
    await openssl(version);
    await waitFor("the refusal", () => rig.refused.length > 0);
    expect(rig.refused).toHaveLength(1);
    expect(rig.refused[0]).toMatchObject({
      code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      origin: { host: "example.com", port: 443 },
      connection: { remoteAddress: "127.0.0.1" },
    });
  },
);

it("a client that just closes does not count", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const socket = await connectThrough(rig);
    const secure = tls.connect({
      socket,
      servername: "example.com",
      minVersion: version,
      maxVersion: version,
    });
    // node:tls verifies after the handshake, and closes without an alert.
    await new Promise((resolve) => secure.once("error", resolve));
  }
  await waitFor("the close", () => rig.connections() === 0);
  expect(rig.refused).toEqual([]);
});
