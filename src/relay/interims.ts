import type { ClientResponse, ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";

/** Go's client takes five (net/http, Transport.max1xxResponses). */
const MAX_INTERIMS = 5;

/**
 * Passes interim (1xx) heads of one attempt on. Without a bound they would pile up in memory before a client that does not read.
 * @param tooMany called once, with the sixth
 */
export function boundedInterims(
  response: Pick<ClientResponse, "informational">,
  tooMany: (failure: Failure) => void,
): (head: ResponseHead) => void {
  let passed = 0;
  return (head) => {
    passed += 1;
    if (passed <= MAX_INTERIMS) response.informational(head);
    else if (passed === MAX_INTERIMS + 1)
      tooMany({
        kind: "protocol",
        phase: "wait",
        cause: `more than ${MAX_INTERIMS} interim (1xx) responses`,
      });
  };
}
