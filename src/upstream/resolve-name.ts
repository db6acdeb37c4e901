import { promises as dns } from "node:dns";

import type { Clock } from "../model/clock.js";
import type { Address } from "./address.js";
import { limitedStep } from "./limited-step.js";
import { failed, type Result, success } from "./result.js";
import { codeOf, lineOf } from "./system-error.js";

/** All addresses of a name, in the order of preference. Rejects with an error whose `code` is `ENOTFOUND`, `EAI_AGAIN`, … */
export type Lookup = (
  host: string,
) => Promise<readonly { address: string; family: number }[]>;

/** getaddrinfo(3), what go's own cgo resolver asks too: /etc/hosts, nsswitch and search domains count. */
export const systemLookup: Lookup = (host) =>
  dns.lookup(host, { all: true, order: "verbatim" });

/**
 * Looks a name up. A look-up cannot be stopped once libuv has it: when the limit is hit the answer is abandoned, and the
 * thread it holds is free again only when the resolver gives up (FACTS L11).
 * @param limitMs 0: no limit
 */
export function resolveName(
  terms: {
    clock: Clock;
    lookup: Lookup;
    limitMs: number;
    signal: AbortSignal;
  },
  host: string,
): Promise<Result<Address[]>> {
  return limitedStep<Address[]>(
    {
      ...terms,
      onLimit: {
        kind: "dns-timeout",
        phase: "dns",
        cause: `no answer to the look-up of ${host}`,
      },
    },
    (settle) => {
      void ask(terms.lookup, host).then(settle);
      return () => {};
    },
  );
}

async function ask(lookup: Lookup, host: string): Promise<Result<Address[]>> {
  try {
    const found = (await lookup(host)).map(({ address, family }): Address => ({
      address,
      family: family === 6 ? 6 : 4,
    }));
    if (found.length > 0) return success(found);
    return failed({
      kind: "dns-failure",
      phase: "dns",
      code: "ENODATA",
      cause: `${host} has no address`,
    });
  } catch (error) {
    const code = codeOf(error);
    return failed({
      kind: "dns-failure",
      phase: "dns",
      ...(code === undefined ? {} : { code }),
      cause:
        code === "ENOTFOUND"
          ? `there is no host ${host}`
          : `look-up of ${host}: ${lineOf(error)}`,
    });
  }
}
