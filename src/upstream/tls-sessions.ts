interface Kept {
  session: Buffer;
  issuer?: string;
}

/**
 * TLS sessions to resume, by pool key, each with its certificate's issuer: a resumed connection does not always show the
 * certificate again. The longest unrenewed go first when there are too many.
 */
export class TlsSessions {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly limit = 200) {}

  get(key: string): Buffer | undefined {
    return this.kept.get(key)?.session;
  }

  issuerOf(key: string): string | undefined {
    return this.kept.get(key)?.issuer;
  }

  /** @param issuer undefined: the one that is known */
  put(key: string, session: Buffer, issuer = this.issuerOf(key)): void {
    this.kept.delete(key);
    this.kept.set(
      key,
      issuer === undefined ? { session } : { session, issuer },
    );
    if (this.kept.size <= this.limit) return;
    const oldest = this.kept.keys().next();
    if (oldest.done !== true) this.kept.delete(oldest.value);
  }

  forget(key: string): void {
    this.kept.delete(key);
  }
}
