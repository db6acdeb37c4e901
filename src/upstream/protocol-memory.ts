export type Protocol = "h2" | "http/1.1";

/**
 * What ALPN said last, by pool key: tells whether attempts to one place may wait for one dial (HTTP/2) or need a connection
 * each. Bounded: the longest unchanged go first.
 */
export class ProtocolMemory {
  private readonly known = new Map<string, Protocol>();

  constructor(private readonly limit = 2_000) {}

  get(key: string): Protocol | undefined {
    return this.known.get(key);
  }

  put(key: string, protocol: Protocol): void {
    if (this.known.get(key) === protocol) return;
    this.known.delete(key);
    this.known.set(key, protocol);
    if (this.known.size <= this.limit) return;
    const oldest = this.known.keys().next();
    if (oldest.done !== true) this.known.delete(oldest.value);
  }
}
