import {
  type AuthRetryMemory,
  authRetryMemory,
  isAuthRetry,
  rememberRefusal,
} from "../exchange/auth-retry.js";
import type { ClientRequest, ClientTunnel } from "../model/client.js";
import type { ExchangeRecord } from "../model/record.js";
import type { Plan, RelayOptions } from "./options.js";
import { RunningExchange } from "./running-exchange.js";
import { RunningTunnel } from "./running-tunnel.js";

/** Takes what intercept/ hands over and sees each to its end. */
export class Relay {
  private readonly exchanges = new Set<RunningExchange>();
  private readonly tunnels = new Set<RunningTunnel>();
  private readonly authRetries: AuthRetryMemory = authRetryMemory();

  constructor(private readonly options: RelayOptions) {}

  /** How many are under way. */
  open(): { requests: number; tunnels: number } {
    return { requests: this.exchanges.size, tunnels: this.tunnels.size };
  }

  request(request: ClientRequest): void {
    const plan = this.options.plan(request);
    if (plan instanceof Promise)
      void plan.then((planned) => {
        this.run(request, planned);
      });
    else this.run(request, plan);
  }

  private run(request: ClientRequest, plan: Plan): void {
    const { origin } = request;
    const key = `${request.connection.runId ?? request.connection.id} ${request.method} ${origin.host}:${origin.port}${request.target}`;
    const record: ExchangeRecord = {
      type: "exchange",
      exchangeId: this.options.newExchangeId(),
      sessionId: "",
      via: request.via,
      connectionId: request.connection.id,
      protocol: request.protocol,
      method: request.method,
      scheme: origin.scheme,
      host: origin.host,
      port: origin.port,
      target: request.target,
      request: plan.info,
      startedAtMs: request.receivedAtMs,
      requestBytes: 0,
      responseBytes: 0,
      attempts: [],
    };
    if (isAuthRetry(this.authRetries, key, request.receivedAtMs))
      record.authRetry = true;
    const running = new RunningExchange(
      this.options,
      request,
      plan,
      record,
      () => {
        this.exchanges.delete(running);
        const { status } = record;
        // Over plain http go asks once.
        if (
          origin.scheme === "https" &&
          status !== undefined &&
          status >= 400 &&
          status < 500 &&
          record.authRetry !== true
        )
          rememberRefusal(this.authRetries, key, this.options.clock.nowMs());
      },
    );
    this.exchanges.add(running);
    running.begin();
  }

  tunnel(tunnel: ClientTunnel): void {
    const { origin } = tunnel;
    const record: ExchangeRecord = {
      type: "exchange",
      exchangeId: this.options.newExchangeId(),
      sessionId: "",
      via: "tunnel",
      connectionId: tunnel.connection.id,
      protocol: tunnel.protocol,
      method: "CONNECT",
      scheme: origin.scheme,
      host: origin.host,
      port: origin.port,
      target: "",
      request: { kind: "other", template: "" },
      startedAtMs: tunnel.receivedAtMs,
      requestBytes: 0,
      responseBytes: 0,
      tunnelReason: tunnel.reason,
      attempts: [],
    };
    const running = new RunningTunnel(this.options, tunnel, record, () => {
      this.tunnels.delete(running);
    });
    this.tunnels.add(running);
    running.begin();
  }

  /** Ends all that is still open: requests get gotap's own answer or a broken stream, tunnels are reset. */
  stop(): void {
    for (const running of this.exchanges) running.stop();
    for (const running of this.tunnels) running.stop();
  }
}
