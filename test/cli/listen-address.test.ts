import { describe, expect, it } from "vitest";

import { reachable } from "../../src/cli/listen-address.js";

describe("reachable", () => {
  it.each([
    ["127.0.0.1:9090", "127.0.0.1", 9090],
    ["[::1]:9090", "::1", 9090],
    ["0.0.0.0:80", "127.0.0.1", 80],
    ["[::]:80", "::1", 80],
    ["192.0.2.7:8080", "192.0.2.7", 8080],
  ])("%s", (listen, host, port) => {
    expect(reachable(listen)).toEqual({ host, port });
  });

  it.each(["", "9090", "host", "[::1]", "a:b"])(
    "%j is no address",
    (listen) => {
      expect(() => reachable(listen)).toThrow("does not say where it listens");
    },
  );
});
