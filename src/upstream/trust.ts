import { createSecureContext, type SecureContext } from "node:tls";

import type { Log } from "../model/log.js";
import type { TargetTrust } from "../model/upstream.js";
import { rootsKey } from "./roots-key.js";

/** The suites of TLS 1.3 and those of 1.2 with ECDHE that Go offers (crypto/tls/cipher_suites.go): no static RSA, no DHE. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES256-SHA",
].join(":");

/** Sets of roots beside the base: one for each CA file that git was told of. */
const MAX_WIDER = 20;

/** What is trusted upstream. Each OpenSSL context is made once, at its first use: parsing the roots costs tens of milliseconds. */
export class Trust {
  private made: SecureContext | undefined;
  private readonly wider = new Map<string, SecureContext>();

  constructor(
    private readonly pems: readonly string[],
    private readonly log: Log,
  ) {}

  /** Makes the context for this target now, so that its time is in no phase of a dial. */
  prepare(trust?: TargetTrust): void {
    this.contextFor(trust);
  }

  /** The roots of all targets, and those that this one has beside them. */
  contextFor(trust?: TargetTrust): SecureContext {
    const key = rootsKey(trust);
    if (trust?.extraRoots === undefined || key === undefined) {
      this.made ??= this.make(this.pems);
      return this.made;
    }
    const known = this.wider.get(key);
    if (known !== undefined) return known;
    const context = this.make([...this.pems, ...trust.extraRoots]);
    this.wider.set(key, context);
    const oldest = this.wider.keys().next();
    if (this.wider.size > MAX_WIDER && oldest.done !== true)
      this.wider.delete(oldest.value);
    return context;
  }

  private make(pems: readonly string[]): SecureContext {
    try {
      return contextOf(pems);
    } catch {
      // As Go does (FACTS G13): a certificate that does not parse costs itself, not the others.
      const good = pems.filter(parses);
      const bad = pems.length - good.length;
      this.log.notice(
        "roots-unparsable",
        `${bad} of ${pems.length} trusted certificates cannot be read and are left out`,
      );
      return contextOf(good);
    }
  }
}

function contextOf(pems: readonly string[]): SecureContext {
  return createSecureContext({
    // An empty list trusts nothing; undefined would mean Node's own roots.
    ca: [...pems],
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
  });
}

function parses(pem: string): boolean {
  try {
    createSecureContext({ ca: pem });
    return true;
  } catch {
    return false;
  }
}
