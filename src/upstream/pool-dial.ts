import type { DialRecord } from "../model/record.js";
import type { SpanRef } from "../model/span-ref.js";
import type { UpstreamTarget } from "../model/upstream.js";
import { dial, type Dialled } from "./dial.js";
import type { LaneTerms } from "./lane-terms.js";
import { failed, type Result } from "./result.js";
import { lineOf } from "./system-error.js";
import type { Waiter } from "./waiter.js";

/**
 * A dial of the pool. It is written into the record of the attempt that began it, its owner; but it belongs to the pool, and
 * goes on without its owner as long as somebody waits for it.
 */
export class PoolDial {
  /** The owner's span, also when the owner is gone. */
  readonly span: SpanRef;
  owner: Waiter | undefined;
  readonly record: DialRecord = { connects: [] };
  private readonly abortion = new AbortController();

  /**
   * @param shared others may wait for it: what it gives may be an HTTP/2 connection
   */
  constructor(
    owner: Waiter,
    readonly shared: boolean,
    private readonly terms: LaneTerms,
  ) {
    this.owner = owner;
    this.span = owner.span;
  }

  /** Calls `settle` once, never while it runs itself. */
  begin(
    target: UpstreamTarget,
    settle: (result: Result<Dialled>) => void,
  ): void {
    void this.run(target).then((result) => {
      settle(result);
    });
  }

  /** The owner goes; what the dial does from now on is in nobody's record. */
  leave(): void {
    this.owner = undefined;
  }

  abort(): void {
    this.abortion.abort();
  }

  private async run(target: UpstreamTarget): Promise<Result<Dialled>> {
    const { key, dialContext } = this.terms;
    try {
      return await dial(
        {
          target,
          key,
          use: "http",
          // NTLM and Negotiate authenticate a connection, which HTTP/2 does not know.
          alpn:
            target.pinnedTo === undefined ? ["h2", "http/1.1"] : ["http/1.1"],
        },
        dialContext,
        {
          record: this.record,
          signal: this.abortion.signal,
          progressed: () => {
            this.owner?.progressed();
          },
        },
      );
    } catch (error) {
      return failed({ kind: "internal", cause: lineOf(error) });
    }
  }
}
