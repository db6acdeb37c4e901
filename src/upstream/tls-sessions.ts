/** TLS sessions to resume, by pool key; the longest unused go first when there are too many. */
export class TlsSessions {
  private readonly kept = new Map<string, Buffer>();

  constructor(private readonly limit = 200) {}

  get(key: string): Buffer | undefined {
    return this.kept.get(key);
  }

  put(key: string, session: Buffer): void {
    this.kept.delete(key);
    this.kept.set(key, session);
    if (this.kept.size <= this.limit) return;
    const oldest = this.kept.keys().next();
    if (oldest.done !== true) this.kept.delete(oldest.value);
  }

  forget(key: string): void {
    this.kept.delete(key);
  }
}
