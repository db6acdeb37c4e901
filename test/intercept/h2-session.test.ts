import { expect, it } from "vitest";

import { createH2Server } from "../../src/intercept/h2-session.js";
import { DEFAULT_LIMITS } from "../../src/intercept/limits.js";

it("makes no objects of Node's compatibility API", () => {
  const server = createH2Server(DEFAULT_LIMITS);
  expect(server.listenerCount("request")).toBe(0);
  // Its adapter would be the only listener that the server has by itself.
  expect(server.listenerCount("stream")).toBe(0);
});
