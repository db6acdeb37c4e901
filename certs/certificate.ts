import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";

import {
  bitString,
  booleanTrue,
  contextConstructed,
  contextPrimitive,
  decode,
  type Der,
  encode,
  integer,
  itemsOf,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from "./der.js";

// X.509 v3 certificates (RFC 5280) signed with ECDSA P-256 and SHA-256.

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";

export interface CertificateRequest {
  /** From `distinguishedName` or `subjectOf`. */
  issuer: Der;
  subject: Der;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  extensions: Der[];
  /** The issuer's private key, P-256. */
  signWith: KeyObject;
}

/** A signed certificate in DER, with a serial number of its own. */
export function signCertificate(request: CertificateRequest): Buffer {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const tbs = sequence(
    contextConstructed(0, integer(Buffer.of(2))), // v3
    integer(newSerial()),
    algorithm,
    request.issuer,
    sequence(time(request.notBefore), time(request.notAfter)),
    request.subject,
    decode(request.publicKey.export({ type: "spki", format: "der" })),
    contextConstructed(3, sequence(...request.extensions)),
  );
  const signature = sign("sha256", encode(tbs), request.signWith);
  return encode(sequence(tbs, algorithm, bitString(signature)));
}

/**
 * 16 random bytes whose top bits are 01: never negative, which Go ≥ 1.23 refuses (FACTS G14), never zero, always minimal DER,
 * and within the 20 bytes of RFC 5280 §4.1.2.2.
 */
export function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial;
}

/** @param commonName at most 64 characters (RFC 5280 ub-common-name); undefined leaves it out */
export function distinguishedName(
  organization: string | undefined,
  commonName: string | undefined,
): Der {
  const parts: Der[] = [];
  if (organization !== undefined)
    parts.push(attribute(ORGANIZATION, organization));
  if (commonName !== undefined) parts.push(attribute(COMMON_NAME, commonName));
  return sequence(...parts);
}

function attribute(type: string, text: string): Der {
  return setOf(sequence(oid(type), utf8String(text)));
}

/** The subject of a certificate exactly as it is encoded there: an issuer has to equal it byte for byte. */
export function subjectOf(certificate: Buffer): Der {
  const [tbs] = itemsOf(decode(certificate));
  const subject = tbs && itemsOf(tbs)[5];
  if (subject === undefined) throw new TypeError("no v3 certificate");
  return subject;
}

/** RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 over the public key's bits. */
export function keyIdentifier(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: "spki", format: "der" });
  // An uncompressed P-256 point is the last 65 bytes of its SubjectPublicKeyInfo.
  const point = spki.subarray(spki.length - 65);
  return createHash("sha256").update(point).digest().subarray(0, 20);
}

export function subjectKeyIdentifier(id: Buffer): Der {
  return extension("2.5.29.14", octetString(id));
}

export function authorityKeyIdentifier(id: Buffer): Der {
  return extension("2.5.29.35", sequence(contextPrimitive(0, id)));
}

/** An authority that signs end-entity certificates only: path length 0. */
export function basicConstraintsAuthority(): Der {
  const value = sequence(booleanTrue(), integer(Buffer.of(0)));
  return extension("2.5.29.19", value, "critical");
}

export function basicConstraintsLeaf(): Der {
  return extension("2.5.29.19", sequence(), "critical");
}

/** keyCertSign and cRLSign, or digitalSignature (RFC 5280 §4.2.1.3). */
export function keyUsage(use: "authority" | "leaf"): Der {
  const bits =
    use === "authority"
      ? bitString(Buffer.of(0b0000_0110), 1)
      : bitString(Buffer.of(0b1000_0000), 7);
  return extension("2.5.29.15", bits, "critical");
}

export function serverAuth(): Der {
  return extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1")));
}

/** @param criticality RFC 5280 §4.2.1.6: critical where the subject is empty */
export function subjectAlternativeName(
  name: Der,
  criticality: "critical" | "plain",
): Der {
  return extension("2.5.29.17", sequence(name), criticality);
}

function extension(
  id: string,
  value: Der,
  criticality: "critical" | "plain" = "plain",
): Der {
  const content = octetString(encode(value));
  return criticality === "critical"
    ? sequence(oid(id), booleanTrue(), content)
    : sequence(oid(id), content);
}
