import { type SecureContext, TLSSocket } from "node:tls";

import { isCertificateRefusal } from "./certificate-refusal.js";
import { errorCode, hearErrors } from "./error-listeners.js";
import type { TrackedConnection } from "./tracked-connection.js";

/** In our order of preference. curl offers `http/1.0` alone where it is told to, and an offer without an answer is a TLS error. */
const ALPN = ["h2", "http/1.1", "http/1.0"];

export interface TlsEvents {
  secure(tls: TLSSocket): void;
  /** The client does not trust our certificate; at most once, before or after `secure`. */
  refused(code: string): void;
}

/**
 * Answers the client's TLS with the certificate of the CONNECT's host, whatever SNI says or where there is none (go sends none
 * for addresses). The handshake ends, or the connection does, before `deadlineAtMs`.
 */
export function terminateTls(
  connection: TrackedConnection,
  secureContext: SecureContext,
  deadlineAtMs: number,
  events: TlsEvents,
): void {
  const { socket } = connection;
  // The HTTP server that read the CONNECT left it half-open: an HTTP/2 session would then outlive its client's FIN.
  socket.allowHalfOpen = false;
  const destroy = (): void => {
    socket.destroy();
  };
  connection.enter({ drain: destroy, expire: destroy }, deadlineAtMs);
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ALPN,
  });
  let isRefused = false;
  hearErrors(tls, (error) => {
    const code = errorCode(error);
    if (isRefused || !isCertificateRefusal(code)) return;
    isRefused = true;
    events.refused(code);
  });
  tls.once("close", destroy);
  tls.once("secure", () => {
    // As tls.Server does it: node:http2 waits for ever on a socket that says it still connects.
    Object.assign(tls, { secureConnecting: false });
    events.secure(tls);
  });
}
