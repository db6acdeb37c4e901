import { createSecureContext, type SecureContext } from "node:tls";

import type { Log } from "../model/log.js";

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

/** What is trusted upstream. The OpenSSL context is made once, at its first use: parsing the roots costs tens of milliseconds. */
export class Trust {
  private made: SecureContext | undefined;

  constructor(
    private readonly pems: readonly string[],
    private readonly log: Log,
  ) {}

  /** Makes the context now, so that its time is in no phase of a dial. */
  prepare(): void {
    this.made ??= this.make();
  }

  get context(): SecureContext {
    this.made ??= this.make();
    return this.made;
  }

  private make(): SecureContext {
    try {
      return contextOf(this.pems);
    } catch {
      // As Go does (FACTS G13): a certificate that does not parse costs itself, not the others.
      const good = this.pems.filter(parses);
      const bad = this.pems.length - good.length;
      this.log.notice(
        "roots-unparsable",
        `${bad} of ${this.pems.length} trusted certificates cannot be read and are left out`,
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
