import { createHash, createPublicKey, type KeyObject } from "node:crypto";

import { decodeBase64 } from "./base64.js";

/** The public key of a server that signs notes. */
export interface VerifierKey {
  /** `sum.example.org`: the server's name, which its signatures carry. */
  name: string;
  /** 8 hex digits, lower case: tells a server's keys apart. */
  hash: string;
  key: KeyObject;
}

const ED25519 = 1;
/** SubjectPublicKeyInfo of an Ed25519 key, up to the 32 bytes of the key (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Reads `name+hash+key` (golang.org/x/mod/sumdb/note, NewVerifier).
 * @returns undefined where it is malformed, its hash is not that of name and key, or the key is no Ed25519 key
 */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [name = "", hash = "", ...rest] = text.split("+");
  const encoded = decodeBase64(rest.join("+"));
  if (!isServerName(name) || !/^[0-9a-f]{8}$/i.test(hash)) return undefined;
  if (encoded?.length !== 33 || encoded[0] !== ED25519) return undefined;
  const expected = createHash("sha256")
    .update(`${name}\n`)
    .update(encoded)
    .digest("hex")
    .slice(0, 8);
  if (hash.toLowerCase() !== expected) return undefined;
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, encoded.subarray(1)]),
    format: "der",
    type: "spki",
  });
  return { name, hash: expected, key };
}

/** Whether a note's signature may carry this name: not empty, without white space and `+`. */
export function isServerName(name: string): boolean {
  return name !== "" && !/[\p{White_Space}+]/u.test(name);
}
