export type AttributeValue = string | number | boolean | string[];

/** A span as `show --json` prints it: the names are SPEC §3's. */
export interface Span {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  kind: "INTERNAL" | "SERVER" | "CLIENT";
  /** Nanoseconds as decimal digits, always whole microseconds. */
  start_unix_nano: string;
  /** null while it is open. */
  end_unix_nano: string | null;
  status: { code: "UNSET" | "OK" | "ERROR"; message?: string };
  attributes: Record<string, AttributeValue>;
  links: {
    trace_id: string;
    span_id: string;
    attributes?: Record<string, AttributeValue>;
  }[];
}
