import type { PeerCertificate } from "node:tls";

/** A distinguished name on one line: `CN=Example Root, O=Example`. Undefined where the certificate has none. */
export function nameLine(
  name: PeerCertificate["issuer"] | undefined,
): string | undefined {
  if (name === undefined) return undefined;
  const entries = Object.entries(name as unknown as Record<string, unknown>);
  const rank = (key: string): number =>
    key === "CN" ? 0 : key === "O" ? 1 : 2;
  const text = entries
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map(
        (one) => `${key}=${String(one)}`,
      ),
    )
    .join(", ")
    .replace(/\p{Cc}/gu, "?")
    .slice(0, 200);
  return text === "" ? undefined : text;
}

/** Who the certificate says it is and who signed it, for the cause of a refusal. */
export function certificateLine(certificate: PeerCertificate): string {
  const subject =
    nameLine(certificate.subject) ?? certificate.subjectaltname ?? "no subject";
  const issuer = nameLine(certificate.issuer) ?? "an issuer without a name";
  return `certificate of ${subject.slice(0, 200)}, issued by ${issuer}`;
}
