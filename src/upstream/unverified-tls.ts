import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

/**
 * The only place where a certificate is taken unseen: for a host that the session's GOINSECURE names or git's `sslVerify=false`
 * (SPEC §4, §8), as go's own insecure client does (cmd/go/internal/web/http.go: InsecureSkipVerify; TLS 1.2 at least all the
 * same). The pool keeps its connections and sessions apart from verified ones (pool-key.ts).
 */
export function connectUnverified(
  options: Omit<ConnectionOptions, "rejectUnauthorized">,
): TLSSocket {
  return connect({
    ...options,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}
