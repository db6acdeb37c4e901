import type { SessionRecord } from "../model/record.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR } from "./attributes.js";
import { nanoText, wallClock } from "./instant.js";

/** What changed while the session was open: spans of no length under the session's. */
export function spansOfChanges(
  session: Pick<SessionRecord, "traceId" | "spanId" | "anchor" | "changes">,
): Span[] {
  const at = wallClock(session.anchor);
  return (session.changes ?? []).map((change) => {
    const attributes: Record<string, AttributeValue> = {
      [ATTR.breakerName]: change.name,
      [ATTR.stateFrom]: change.from,
      [ATTR.stateTo]: change.to,
      [ATTR.rule]: change.rule,
    };
    if (change.cause !== undefined) attributes[ATTR.changeCause] = change.cause;
    const instant = nanoText(at(change.atMs));
    return {
      trace_id: session.traceId,
      span_id: change.spanId,
      parent_span_id: session.spanId,
      name: change.subject,
      kind: "INTERNAL",
      start_unix_nano: instant,
      end_unix_nano: instant,
      status: { code: "UNSET" },
      attributes,
      links: [],
    };
  });
}
