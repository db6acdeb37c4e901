import asn1 from "node-forge/lib/asn1.js";

// DER values (ITU-T X.690) in the few shapes that a certificate needs. node-forge keeps bytes in binary strings; nothing
// outside this file sees one.

export type Der = ReturnType<typeof asn1.create>;

const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class;
const { Type } = asn1;

function binary(bytes: Buffer): string {
  return bytes.toString("latin1");
}

export function sequence(...items: Der[]): Der {
  return asn1.create(UNIVERSAL, Type.SEQUENCE, true, items);
}

export function setOf(...items: Der[]): Der {
  return asn1.create(UNIVERSAL, Type.SET, true, items);
}

export function oid(dotted: string): Der {
  const bytes = asn1.oidToDer(dotted).getBytes();
  return asn1.create(UNIVERSAL, Type.OID, false, bytes);
}

/** @param bytes big-endian two's complement, already minimal: the caller answers for the sign bit. */
export function integer(bytes: Buffer): Der {
  return asn1.create(UNIVERSAL, Type.INTEGER, false, binary(bytes));
}

/** DER leaves out a DEFAULT FALSE, so there is only this one. */
export function booleanTrue(): Der {
  return asn1.create(UNIVERSAL, Type.BOOLEAN, false, "\xff");
}

export function octetString(bytes: Buffer): Der {
  return asn1.create(UNIVERSAL, Type.OCTETSTRING, false, binary(bytes));
}

/** @param unusedBits of the last byte, 0 to 7 */
export function bitString(bytes: Buffer, unusedBits = 0): Der {
  const value = String.fromCharCode(unusedBits) + binary(bytes);
  return asn1.create(UNIVERSAL, Type.BITSTRING, false, value);
}

export function utf8String(text: string): Der {
  const value = binary(Buffer.from(text, "utf8"));
  return asn1.create(UNIVERSAL, Type.UTF8, false, value);
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export function time(at: Date): Der {
  if (at.getUTCFullYear() < 2050)
    return asn1.create(UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(at));
  const value = asn1.dateToGeneralizedTime(at);
  return asn1.create(UNIVERSAL, Type.GENERALIZEDTIME, false, value);
}

export function contextPrimitive(tag: number, bytes: Buffer): Der {
  return asn1.create(CONTEXT_SPECIFIC, tag, false, binary(bytes));
}

export function contextConstructed(tag: number, ...items: Der[]): Der {
  return asn1.create(CONTEXT_SPECIFIC, tag, true, items);
}

export function encode(value: Der): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), "latin1");
}

/** @throws Error when the bytes are no DER */
export function decode(bytes: Buffer): Der {
  return asn1.fromDer(binary(bytes));
}

/** The items of a SEQUENCE, SET or constructed context value. */
export function itemsOf(value: Der): Der[] {
  if (typeof value.value === "string")
    throw new TypeError("a primitive DER value has no items");
  return value.value;
}
