import type { AttemptHandlers, Upstream } from "../../src/model/upstream.js";

/** An upstream without sockets: what each host answers stands in `status`; 0 is silence. */
export class ScriptedUpstream implements Upstream {
  /** By host; 200 by default. */
  readonly status = new Map<string, number>();
  /** `host at ms`, in the order of arrival. */
  readonly asked: string[] = [];
  /** Attempts that are silent and were not aborted. */
  open = 0;

  constructor(private readonly nowMs: () => number) {}

  attempt: Upstream["attempt"] = (
    target,
    _request,
    _record,
    _span,
    handlers,
  ) => {
    const { host } = target.origin;
    this.asked.push(`${host} at ${this.nowMs()}`);
    const status = this.status.get(host) ?? 200;
    if (status === 0) this.open += 1;
    else queueMicrotask(() => answer(handlers, status));
    let aborted = false;
    return {
      abort: () => {
        if (!aborted && status === 0) this.open -= 1;
        aborted = true;
      },
    };
  };

  tunnel(): never {
    throw new Error("a check makes no tunnel");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function answer(handlers: AttemptHandlers, status: number): void {
  handlers.response(
    { status, headers: [] },
    {
      start: (reader) => {
        reader.end();
      },
      pause() {},
      resume() {},
      cancel() {},
    },
  );
}
