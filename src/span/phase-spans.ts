import type { Failure } from "../model/failure.js";
import type { Phase } from "../model/phase.js";
import type { PhaseTime } from "../model/phase-time.js";
import type { AttemptRecord } from "../model/record.js";
import { SLOT } from "../model/span-ref.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR, LINK } from "./attributes.js";

/** Slots 8 to 63 of an attempt belong to its addresses (model/span-ref.ts): a 57th would share its span id. */
const MAX_CONNECT_SPANS = 56;

/** Makes one INTERNAL child of the attempt. */
export type MakePhase = (
  slot: number,
  phase: Phase,
  time: PhaseTime,
  attributes: Record<string, AttributeValue>,
  links?: Span["links"],
) => Span;

/** The phases that happened, in SPEC §3's order; one `connect` for each address tried. */
export function phaseSpans(attempt: AttemptRecord, make: MakePhase): Span[] {
  const spans: Span[] = [];
  const { queue, send, wait, receive } = attempt;
  if (queue !== undefined)
    spans.push(make(SLOT.queue, "queue", queue, {}, queueLinks(queue)));
  dialSpans(attempt, make, spans);
  if (send !== undefined)
    spans.push(make(SLOT.send, "send", withFailure(send, "send", attempt), {}));
  if (wait !== undefined)
    spans.push(make(SLOT.wait, "wait", withFailure(wait, "wait", attempt), {}));
  if (receive !== undefined)
    spans.push(
      make(
        SLOT.receive,
        "receive",
        withFailure(receive, "receive", attempt),
        {},
      ),
    );
  return spans;
}

function dialSpans(
  attempt: AttemptRecord,
  make: MakePhase,
  spans: Span[],
): void {
  if (attempt.dial === undefined) return;
  const { dns, connects, proxy, tls } = attempt.dial;
  if (dns !== undefined) {
    const about: Record<string, AttributeValue> = {
      [ATTR.dnsName]: attempt.host,
    };
    if (dns.addresses !== undefined) about[ATTR.dnsAnswers] = dns.addresses;
    spans.push(make(SLOT.dns, "dns", withFailure(dns, "dns", attempt), about));
  }
  for (const [index, connect] of connects
    .slice(0, MAX_CONNECT_SPANS)
    .entries()) {
    const about = {
      [ATTR.peerAddress]: connect.address,
      [ATTR.peerPort]: connect.port,
      [ATTR.transport]: "tcp",
    };
    spans.push(make(SLOT.firstConnect + index, "connect", connect, about));
  }
  if (proxy !== undefined) {
    const about: Record<string, AttributeValue> = {
      [ATTR.proxyProtocol]: proxy.protocol,
      [ATTR.proxyAddress]: proxy.address,
    };
    if (proxy.status !== undefined) about[ATTR.statusCode] = proxy.status;
    spans.push(
      make(SLOT.proxy, "proxy", withFailure(proxy, "proxy", attempt), about),
    );
  }
  if (tls !== undefined)
    spans.push(
      make(SLOT.tls, "tls", withFailure(tls, "tls", attempt), tlsFacts(tls)),
    );
}

function tlsFacts(
  tls: NonNullable<NonNullable<AttemptRecord["dial"]>["tls"]>,
): Record<string, AttributeValue> {
  const about: Record<string, AttributeValue> = {};
  if (tls.version !== undefined) about[ATTR.tlsVersion] = tls.version;
  if (tls.cipher !== undefined) about[ATTR.tlsCipher] = tls.cipher;
  if (tls.alpn !== undefined) about[ATTR.tlsNextProtocol] = tls.alpn;
  if (tls.issuer !== undefined) about[ATTR.tlsIssuer] = tls.issuer;
  if (tls.resumed !== undefined) about[ATTR.tlsResumed] = tls.resumed;
  return about;
}

/** The attempt's failure names its phase: that phase's span shows it too, unless it has one of its own. */
function withFailure(
  time: PhaseTime,
  phase: Phase,
  attempt: AttemptRecord,
): PhaseTime {
  const failure: Failure | undefined = attempt.failure;
  return time.failure === undefined && failure?.phase === phase
    ? { ...time, failure }
    : time;
}

function queueLinks(
  queue: NonNullable<AttemptRecord["queue"]>,
): Span["links"] | undefined {
  if (queue.dial === undefined) return undefined;
  return [
    {
      trace_id: queue.dial.traceId,
      span_id: queue.dial.spanId,
      attributes: { [ATTR.link]: LINK.dial },
    },
  ];
}
