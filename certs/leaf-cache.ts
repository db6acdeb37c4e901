import { generateKeyPairSync } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

import type { Authority } from "./authority-pair.js";
import { mintLeaf } from "./leaf.js";

/** A leaf is made anew when a third of its life is left: nobody is handed one that ends during a long download. */
const RENEW_AT_SHARE = 2 / 3;
const DEFAULT_CAPACITY = 256;

interface Entry {
  context: SecureContext;
  renewAtUnixMs: number;
}

/** TLS contexts by host, minted on demand, the least recently used dropped first. One key pair for all of them. */
export class LeafCache {
  readonly #authority: Authority;
  readonly #capacity: number;
  readonly #now: () => Date;
  readonly #publicKey;
  readonly #keyPem: string;
  /** In the order of last use, oldest first. */
  readonly #entries = new Map<string, Entry>();

  /** @param options `capacity` in hosts, default 256; `now` is the wall clock that certificates are dated by */
  constructor(
    authority: Authority,
    options: { capacity?: number; now?: () => Date } = {},
  ) {
    this.#authority = authority;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#now = options.now ?? (() => new Date());
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#publicKey = pair.publicKey;
    this.#keyPem = pair.privateKey
      .export({ type: "pkcs8", format: "pem" })
      .toString();
  }

  /**
   * The context to answer a ClientHello for this host with. Never throws for what a peer named: a name that cannot be
   * certified gets a certificate that its client refuses (leaf.ts).
   * @param host the CONNECT host, not the SNI: that is what the client verifies
   */
  contextFor(host: string): SecureContext {
    const now = this.#now();
    const key = host.toLowerCase();
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    const entry =
      known !== undefined && now.getTime() < known.renewAtUnixMs
        ? known
        : this.#mint(key, now);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break;
      this.#entries.delete(oldest);
    }
    return entry.context;
  }

  /** How many hosts are held. */
  get size(): number {
    return this.#entries.size;
  }

  #mint(host: string, now: Date): Entry {
    const leaf = mintLeaf(
      this.#authority,
      host,
      { publicKey: this.#publicKey },
      now,
    );
    return {
      context: createSecureContext({ key: this.#keyPem, cert: leaf.pem }),
      renewAtUnixMs:
        now.getTime() +
        (leaf.notAfter.getTime() - now.getTime()) * RENEW_AT_SHARE,
    };
  }
}
