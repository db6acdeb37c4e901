import type { BodySink, BodySource } from "../model/body.js";
import { type Pump, pump } from "./pump.js";

/** The request's own body, on its way to upstream: once, since it cannot be begun again. */
export class Upload {
  private running: Pump | undefined;
  private open = false;

  constructor(
    private readonly body: BodySource,
    private readonly nowMs: () => number,
  ) {}

  /** Whether it is the client's turn: upstream would take more of the body. */
  clientOwes(): boolean {
    return this.open && this.running?.blockedSinceMs() === undefined;
  }

  begin(
    sink: BodySink,
    events: {
      moved(bytes: number): void;
      ended(): void;
      /** The client's body broke off; what upstream has of it does not look whole. */
      failed(): void;
    },
  ): void {
    this.open = true;
    this.running = pump(this.body, sink, this.nowMs, {
      moved: (bytes) => {
        events.moved(bytes);
      },
      ended: (trailers) => {
        this.open = false;
        events.ended();
        sink.end(trailers);
      },
      failed: (failure) => {
        this.open = false;
        sink.reset(failure);
        events.failed();
      },
    });
  }
}
