// The ASN.1 layer alone: the package's index also loads its RSA, TLS and PKCS code, which is twice the start-up time. The
// package's own types have no entry for it, and take a context-specific tag for a universal type.
declare module "node-forge/lib/asn1.js" {
  /** Bytes in a string, one character each. */
  type Binary = string;

  interface Value {
    tagClass: number;
    type: number;
    constructed: boolean;
    value: Binary | Value[];
  }

  interface ByteBuffer {
    getBytes(): Binary;
  }

  const asn1: {
    Class: { UNIVERSAL: number; CONTEXT_SPECIFIC: number };
    Type: Record<
      | "BOOLEAN"
      | "INTEGER"
      | "BITSTRING"
      | "OCTETSTRING"
      | "OID"
      | "UTF8"
      | "SEQUENCE"
      | "SET"
      | "UTCTIME"
      | "GENERALIZEDTIME",
      number
    >;
    create(
      tagClass: number,
      type: number,
      constructed: boolean,
      value: Binary | Value[],
    ): Value;
    fromDer(bytes: Binary): Value;
    toDer(value: Value): ByteBuffer;
    oidToDer(oid: string): ByteBuffer;
    dateToUtcTime(date: Date): Binary;
    dateToGeneralizedTime(date: Date): Binary;
  };
  export = asn1;
}
