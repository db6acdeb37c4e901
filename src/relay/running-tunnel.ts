import type { BodySink, BodySource } from "../model/body.js";
import type { ClientTunnel } from "../model/client.js";
import type { Timer } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import type { UpstreamAttempt } from "../model/upstream.js";
import { beganAttempt, endAttempt } from "./attempt-record.js";
import { type RelayOptions, SHOW_PROGRESS_EVERY_MS } from "./options.js";
import { pump } from "./pump.js";

const HALF_CLOSED_SILENCE_MS = 120_000;

/**
 * A CONNECT that is not opened: dialled, then bytes both ways until both ends are done. No limit but the dial's own applies
 * (SPEC §2: limits never apply to a tunnel).
 */
export class RunningTunnel {
  private attempt: UpstreamAttempt | undefined;
  private openDirections = 2;
  private upstreamSource: BodySource | undefined;
  private shownAtMs = 0;
  private done = false;
  private silence: Timer | undefined;

  constructor(
    private readonly options: RelayOptions,
    private readonly tunnel: ClientTunnel,
    readonly record: ExchangeRecord,
    private readonly finished: () => void,
  ) {}

  begin(): void {
    const { options, record, tunnel } = this;
    const target = options.planTunnel(tunnel);
    const attempt = beganAttempt(
      target.origin,
      target.way,
      0,
      options.clock.nowMs(),
    );
    record.attempts.push(attempt);
    this.show();
    tunnel.onGone(() => {
      this.end({ kind: "client-gone" });
    });
    if (this.done) return;
    this.attempt = options.upstream.tunnel(target, attempt, {
      connected: (source, sink) => {
        this.connected(attempt, source, sink);
      },
      failed: (failure) => {
        this.end(failure);
      },
      progressed: () => {
        this.show();
      },
    });
  }

  stop(): void {
    this.end({ kind: "stopped", cause: "gotap was stopped" });
  }

  private connected(
    attempt: AttemptRecord,
    source: BodySource,
    sink: BodySink,
  ): void {
    const nowMs = (): number => this.options.clock.nowMs();
    const { record, tunnel } = this;
    this.upstreamSource = source;
    this.show();
    pump(tunnel.source, sink, nowMs, {
      moved: (bytes) => {
        record.requestBytes += bytes;
        this.showProgress();
      },
      ended: () => {
        sink.end();
        this.directionEnded();
      },
      failed: () => {
        this.end({ kind: "client-gone" });
      },
    });
    pump(source, tunnel.sink, nowMs, {
      moved: (bytes) => {
        attempt.bodyBytes += bytes;
        attempt.lastByteAtMs = nowMs();
        record.responseBytes += bytes;
        this.showProgress();
      },
      ended: () => {
        tunnel.sink.end();
        this.directionEnded();
      },
      failed: (failure) => {
        this.end(failure);
      },
    });
  }

  /** With one direction over, the other may go on, but not silently for ever. */
  private directionEnded(): void {
    this.openDirections -= 1;
    if (this.openDirections === 0) this.end(undefined);
    else this.endWhenSilent(HALF_CLOSED_SILENCE_MS);
  }

  private endWhenSilent(afterMs: number): void {
    const before = this.record.requestBytes + this.record.responseBytes;
    this.silence = this.options.clock.after(afterMs, () => {
      const now = this.record.requestBytes + this.record.responseBytes;
      if (now > before) this.endWhenSilent(HALF_CLOSED_SILENCE_MS);
      else
        this.end({
          kind: "body-idle-timeout",
          limitMs: HALF_CLOSED_SILENCE_MS,
          cause: "one side had closed, and the other sent nothing more",
        });
    });
  }

  private end(failure: Failure | undefined): void {
    if (this.done) return;
    this.done = true;
    this.silence?.cancel();
    const nowMs = this.options.clock.nowMs();
    const [attempt] = this.record.attempts;
    if (attempt !== undefined) endAttempt(attempt, failure, nowMs);
    this.record.endedAtMs = nowMs;
    if (failure !== undefined) {
      this.record.failure = failure;
      this.upstreamSource?.cancel();
      this.attempt?.abort();
      this.tunnel.source.cancel();
      this.tunnel.sink.reset(failure);
    }
    this.finished();
    this.show();
  }

  private showProgress(): void {
    if (this.options.clock.nowMs() - this.shownAtMs >= SHOW_PROGRESS_EVERY_MS)
      this.show();
  }

  private show(): void {
    this.shownAtMs = this.options.clock.nowMs();
    this.options.observe(this.record, this.tunnel.connection);
  }
}
