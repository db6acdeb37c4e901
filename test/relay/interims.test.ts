import { expect, it } from "vitest";

import type { ClientResponse } from "../../src/model/client.js";
import type { Failure } from "../../src/model/failure.js";
import { boundedInterims } from "../../src/relay/interims.js";

it("passes five interim heads on, fails the attempt with the sixth, and says so once", () => {
  const passed: number[] = [];
  const failures: Failure[] = [];
  const response = {
    informational: ({ status }) => void passed.push(status),
  } as Pick<ClientResponse, "informational"> as ClientResponse;
  const pass = boundedInterims(response, (failure) => failures.push(failure));
  for (let i = 0; i < 9; i++) pass({ status: 103, headers: [] });
  expect(passed).toEqual([103, 103, 103, 103, 103]);
  expect(failures).toMatchObject([{ kind: "protocol", phase: "wait" }]);
});
