/**
 * The TLS alerts by which a client says that it does not trust our certificate (RFC 8446 §6.2), as OpenSSL names them: go and
 * git send bad_certificate or unknown_ca, browsers and Java certificate_unknown. In TLS 1.3 they may come after the handshake.
 */
const REFUSALS = new Set([
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
  "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
  "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
]);

/** Whether an error code of node:tls is a client's refusal of our certificate; a client that just closes has not refused. */
export function isCertificateRefusal(code: string): boolean {
  return REFUSALS.has(code);
}
