/** Names what to read: the narrowest of those that are given wins (session, then run, then the whole trace). */
export interface TraceRef {
  traceId?: string;
  runId?: string;
  sessionId?: string;
}
