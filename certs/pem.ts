import { createHash } from "node:crypto";

const BLOCK =
  /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----\r?\n[\s\S]*?-----END \1-----/g;

/** One block as it stands in a file, without the text around it. */
export interface PemCertificate {
  label: string;
  /** The block, from its BEGIN to its END line, without a line end after it. */
  pem: string;
  /** What the base64 says; nothing has checked that it is a certificate. */
  der: Buffer;
}

/** Every certificate block of a text, in order. Keys and other blocks are left out, so a bundle never copies one. */
export function pemCertificates(text: string): PemCertificate[] {
  return [...text.matchAll(BLOCK)].map(([pem, label = ""]) => ({
    label,
    pem,
    der: Buffer.from(base64Of(pem), "base64"),
  }));
}

/** Lines between the dashes; RFC 1421 headers and blank lines are no base64. */
function base64Of(pem: string): string {
  return pem
    .split(/\r?\n/)
    .slice(1, -1)
    .filter((line) => !line.includes(":"))
    .join("");
}

export function toPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** SHA-256 of the certificate as `AA:BB:…`, the form of Node's `X509Certificate.fingerprint256`. */
export function fingerprint256Of(der: Buffer): string {
  const hex = createHash("sha256").update(der).digest("hex").toUpperCase();
  return hex.match(/../g)?.join(":") ?? "";
}

/**
 * Whether a text of PEM certificates holds this one.
 * @param fingerprint256 `AA:BB:…`
 */
export function holds(text: string, fingerprint256: string): boolean {
  return pemCertificates(text).some(
    ({ der }) => fingerprint256Of(der) === fingerprint256,
  );
}
