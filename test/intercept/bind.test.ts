import net from "node:net";

import { describe, expect, it } from "vitest";

import { bindAll } from "../../src/intercept/bind.js";

const make = (): net.Server => net.createServer();

describe("bindAll", () => {
  it("finds one free port for both loopback addresses", async () => {
    const bound = await bindAll([{ host: "127.0.0.1", port: 0 }], make);
    const ports = bound.map(({ address }) => address.port);
    expect(new Set(ports).size).toBe(1);
    expect(ports[0]).toBeGreaterThan(0);
    for (const { server } of bound) server.close();
  });

  it("says when ::1 alone is taken: half of `localhost` would be somebody else's", async () => {
    const other = make();
    const free = await bindAll([{ host: "127.0.0.1", port: 0 }], make);
    const port = free[0]?.address.port ?? 0;
    for (const { server } of free)
      await new Promise((resolve) => server.close(resolve));
    const has6 = await new Promise<boolean>((resolve) => {
      other.once("error", () => resolve(false));
      other.listen({ host: "::1", port }, () => resolve(true));
    });
    const bound = await bindAll([{ host: "127.0.0.1", port }], make).catch(
      (error: unknown) => error,
    );
    if (!has6) return;
    expect(bound).toMatchObject({
      code: "PORT_IN_USE",
      message: `[::1]:${port} is in use`,
    });
    // Nothing stays bound.
    await new Promise<void>((resolve, reject) => {
      const again = make().once("error", reject);
      again.listen({ host: "127.0.0.1", port }, () => {
        again.close(() => resolve());
      });
    });
    other.close();
  });

  it("says that an address is not this machine's", async () => {
    await expect(
      bindAll([{ host: "192.0.2.1", port: 0 }], make),
    ).rejects.toMatchObject({ code: "ADDRESS_NOT_AVAILABLE" });
  });
});
