import { verify } from "node:crypto";

import { decodeBase64 } from "./base64.js";
import {
  isServerName,
  parseVerifierKey,
  type VerifierKey,
} from "./verifier-key.js";

export type VerifiedNote =
  | {
      ok: true;
      /** What was signed, its last newline included. */
      text: string;
    }
  | {
      ok: false;
      /** One line for a person. */
      cause: string;
    };

interface Signature {
  name: string;
  hash: string;
  bytes: Buffer;
}

const PREFIX = "— ";
const MOST_SIGNATURES = 100;

/**
 * The text of a signed note, if this key signed it. Other servers' signatures may stand beside it and say nothing
 * (golang.org/x/mod/sumdb/note, Open).
 * @param key `name+hash+key`
 */
export function verifyNote(
  note: Uint8Array | string,
  key: string,
): VerifiedNote {
  const verifier = parseVerifierKey(key);
  if (verifier === undefined)
    return { ok: false, cause: "the key is no Ed25519 verifier key" };
  const parts = takeApart(note);
  if (parts === undefined) return { ok: false, cause: "malformed note" };
  const { text, signatures } = parts;
  const own = signatures.find(
    ({ name, hash }) => name === verifier.name && hash === verifier.hash,
  );
  if (own === undefined)
    return { ok: false, cause: `not signed by ${shown(verifier)}` };
  return verify(null, Buffer.from(text), verifier.key, own.bytes)
    ? { ok: true, text }
    : { ok: false, cause: `a false signature of ${shown(verifier)}` };
}

/** Whether these bytes have the form of a note, whoever signed it. */
export function isNote(note: Uint8Array | string): boolean {
  return takeApart(note) !== undefined;
}

/** The text of bytes that are UTF-8 and hold no control character but newline; else undefined. */
export function plainText(bytes: Uint8Array | string): string | undefined {
  try {
    const text = typeof bytes === "string" ? bytes : UTF8.decode(bytes);
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    return /[\u0000-\u0009\u000b-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

// A byte order mark is part of what was signed.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function takeApart(
  note: Uint8Array | string,
): { text: string; signatures: Signature[] } | undefined {
  const whole = plainText(note);
  const split = whole?.lastIndexOf("\n\n") ?? -1;
  if (whole === undefined || split < 0 || !whole.endsWith("\n"))
    return undefined;
  const lines = whole.slice(split + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) return undefined;
  const signatures: Signature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === undefined) return undefined;
    signatures.push(signature);
  }
  return { text: whole.slice(0, split + 1), signatures };
}

function parseSignature(line: string): Signature | undefined {
  const space = line.indexOf(" ", PREFIX.length);
  if (!line.startsWith(PREFIX) || space < 0) return undefined;
  const name = line.slice(PREFIX.length, space);
  const bytes = decodeBase64(line.slice(space + 1));
  if (!isServerName(name) || bytes === undefined || bytes.length < 5)
    return undefined;
  return {
    name,
    hash: bytes.subarray(0, 4).toString("hex"),
    bytes: bytes.subarray(4),
  };
}

function shown({ name, hash }: VerifierKey): string {
  return `${name}+${hash}`;
}
