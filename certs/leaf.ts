import type { KeyObject } from "node:crypto";

import type { Authority } from "./authority-pair.js";
import {
  authorityKeyIdentifier,
  basicConstraintsLeaf,
  distinguishedName,
  keyIdentifier,
  keyUsage,
  serverAuth,
  signCertificate,
  subjectAlternativeName,
  subjectKeyIdentifier,
  subjectOf,
} from "./certificate.js";
import { contextPrimitive } from "./der.js";
import { certifiedHost, type CertifiedHost } from "./host-name.js";
import { toPem } from "./pem.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** From notBefore to notAfter; the promise is 45 days at most. */
const LEAF_LIFETIME_MS = 30 * DAY_MS;
/** For a client in a container or virtual machine whose clock lags. */
const BACKDATED_MS = HOUR_MS;
/** RFC 5280 ub-common-name. */
const MAX_COMMON_NAME = 64;

/**
 * Stands in for a host that no certificate may name, so that its client gets a certificate it refuses instead of silence:
 * the top-level domain is reserved (RFC 6761 §6.4).
 */
const UNCERTIFIABLE: CertifiedHost = {
  type: "dns",
  name: "not-a-host-name.gotap.invalid",
};

export interface Leaf {
  pem: string;
  der: Buffer;
  notAfter: Date;
}

/**
 * A server certificate for exactly this host: one SAN, a DNS name or an address, never a wildcard. Takes about a millisecond.
 * It never outlives the authority.
 * @param host as CONNECT named it; a name that cannot be certified gets a certificate for a reserved name. Never throws for it.
 */
export function mintLeaf(
  authority: Authority,
  host: string,
  keys: { publicKey: KeyObject },
  now: Date,
): Leaf {
  const certified = certifiedHost(host) ?? UNCERTIFIABLE;
  const commonName =
    certified.name.length <= MAX_COMMON_NAME ? certified.name : undefined;
  const notBefore = wholeSeconds(now.getTime() - BACKDATED_MS);
  const notAfter = wholeSeconds(
    Math.min(
      notBefore.getTime() + LEAF_LIFETIME_MS,
      authority.notAfter.getTime(),
    ),
  );
  const der = signCertificate({
    issuer: subjectOf(authority.certDer),
    subject: distinguishedName(undefined, commonName),
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signWith: authority.keyObject,
    extensions: [
      basicConstraintsLeaf(),
      keyUsage("leaf"),
      serverAuth(),
      subjectAlternativeName(
        alternativeName(certified),
        commonName === undefined ? "critical" : "plain",
      ),
      subjectKeyIdentifier(keyIdentifier(keys.publicKey)),
      authorityKeyIdentifier(keyIdentifier(authority.publicKey)),
    ],
  });
  return { pem: toPem("CERTIFICATE", der), der, notAfter };
}

/** GeneralName (RFC 5280 §4.2.1.6): dNSName [2], iPAddress [7]. */
function alternativeName(host: CertifiedHost) {
  return host.type === "dns"
    ? contextPrimitive(2, Buffer.from(host.name, "latin1"))
    : contextPrimitive(7, host.bytes);
}

function wholeSeconds(unixMs: number): Date {
  return new Date(Math.floor(unixMs / 1000) * 1000);
}
