/**
 * The phases of an attempt, in the order in which they can happen.
 *
 * `queue` waiting for somebody else's dial or for a stream slot · `dns` look-up · `connect` TCP · `proxy` the upstream
 * proxy's CONNECT or SOCKS handshake · `tls` · `send` the request's body written · `wait` request written to first byte ·
 * `receive` first to last byte.
 */
export const PHASES = [
  "queue",
  "dns",
  "connect",
  "proxy",
  "tls",
  "send",
  "wait",
  "receive",
] as const;

export type Phase = (typeof PHASES)[number];
