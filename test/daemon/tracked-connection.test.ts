import { expect, it } from "vitest";

import {
  newTracked,
  settle,
  whenSettled,
} from "../../src/daemon/tracked-connection.js";

it("who asks after it was settled once waits for the settings that are being read then", async () => {
  const tracked = newTracked();
  let read = (): void => {};
  let reading: Promise<void> | undefined;
  const settings = { of: () => reading };
  const first = whenSettled(tracked, settings);
  tracked.known = true;
  settle(tracked, settings);
  await first;
  expect(whenSettled(tracked, settings)).toBeUndefined();

  reading = new Promise((done) => {
    read = done;
  });
  let isSettled = false;
  const second = whenSettled(tracked, settings)?.then(() => {
    isSettled = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  expect(isSettled).toBe(false);
  reading = undefined;
  read();
  await second;
  expect(isSettled).toBe(true);
});
