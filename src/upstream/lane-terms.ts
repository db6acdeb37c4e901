import type { UpstreamTarget } from "../model/upstream.js";
import type { DialContext } from "./dial-context.js";
import type { Tuning } from "./options.js";
import type { ProtocolMemory } from "./protocol-memory.js";
import type { StreamWindows } from "./stream-windows.js";

/** What all lanes of one upstream share. */
export interface PoolShared {
  dialContext: DialContext;
  tuning: Tuning;
  windows: StreamWindows;
  protocols: ProtocolMemory;
  /** The next connection's number. */
  nextConnectionId(): number;
}

export interface LaneTerms extends PoolShared {
  key: string;
  /** Of the attempt that made the lane; all others agree with it on everything that stands in the key. */
  target: UpstreamTarget;
  /** Nothing is left in the lane. */
  emptied(): void;
}
