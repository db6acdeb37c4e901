import { isIP, type Socket } from "node:net";
import {
  connect,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";

import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { TargetTrust } from "../model/upstream.js";
import { certificateLine, nameLine } from "./certificate-line.js";
import { goIdentity } from "./go-identity.js";
import { hearErrors } from "./hear-errors.js";
import { limitedStep } from "./limited-step.js";
import { failed, type Result, success } from "./result.js";
import { codeOf, lineOf } from "./system-error.js";
import type { TlsSessions } from "./tls-sessions.js";
import type { Trust } from "./trust.js";
import { connectUnverified } from "./unverified-tls.js";

export interface TlsTerms {
  clock: Clock;
  limitMs: number;
  signal: AbortSignal;
  trust: Trust;
  /** What the target asks for otherwise; absent: verified against the roots of all. */
  targetTrust?: TargetTrust | undefined;
  /** In the order of preference. */
  alpn: readonly string[];
  /** Where sessions to resume are kept, and under which key; absent: each handshake is a full one. */
  sessions?: { kept: TlsSessions; key: string };
  keyLog?: (line: Buffer) => void;
}

/**
 * Speaks TLS as a client over `socket`, verified as Go verifies (SPEC §8) unless `targetTrust` is insecure. Afterwards the returned socket owns `socket`; on a
 * failure both are destroyed.
 * @param host what the certificate must be for; a name is also sent as SNI (RFC 6066 §3 allows no addresses there)
 */
export function tlsHandshake(
  socket: Socket,
  host: string,
  terms: TlsTerms,
): Promise<Result<TLSSocket>> {
  const onLimit: Failure = {
    kind: "tls-timeout",
    phase: "tls",
    cause: `${host} does not finish the TLS handshake`,
  };
  return limitedStep<TLSSocket>({ ...terms, onLimit }, (settle) => {
    const session = terms.sessions?.kept.get(terms.sessions.key);
    const insecure = terms.targetTrust?.insecure === true;
    const options: ConnectionOptions = {
      socket,
      secureContext: terms.trust.contextFor(terms.targetTrust),
      ALPNProtocols: [...terms.alpn],
      ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, "") } : {}),
      ...(session === undefined ? {} : { session }),
    };
    const tls = insecure
      ? connectUnverified(options)
      : connect({
          ...options,
          // Said here because NODE_TLS_REJECT_UNAUTHORIZED in gotap's environment must not count.
          rejectUnauthorized: true,
          checkServerIdentity: (_name, certificate) =>
            goIdentity(host, certificate),
        });
    hearErrors(tls);
    // A refused certificate is gone with its socket before 'error' comes; Node verifies in its own 'secure' listener.
    let presented: PeerCertificate | undefined;
    tls.prependOnceListener("secure", () => {
      presented = tls.getPeerCertificate();
    });
    if (terms.keyLog !== undefined) tls.on("keylog", terms.keyLog);
    // Node holds sessions back until the certificate was accepted.
    tls.on("session", (ticket) => {
      const issuer = nameLine(presented?.issuer);
      terms.sessions?.kept.put(terms.sessions.key, ticket, issuer);
    });
    const fail = (failure: Failure): void => {
      tls.destroy();
      socket.destroy();
      settle(failed(failure));
    };
    const onError = (error: Error): void => {
      terms.sessions?.kept.forget(terms.sessions.key);
      // Typed as an Error, but a code or a message in truth; set where verification finds fault, whether that counts or not.
      const refused = !insecure && Boolean(tls.authorizationError);
      fail(
        refused
          ? untrusted(error, presented)
          : brokenOff(lineOf(error), codeOf(error)),
      );
    };
    const onClose = (): void => {
      fail(brokenOff(`${host} closed the connection during the handshake`));
    };
    tls.once("error", onError);
    tls.once("close", onClose);
    tls.once("secureConnect", () => {
      settle(success(tls));
    });
    return (cutShort) => {
      tls.removeListener("error", onError);
      tls.removeListener("close", onClose);
      if (cutShort === undefined) return;
      tls.destroy();
      socket.destroy();
    };
  });
}

function untrusted(
  error: Error,
  presented: PeerCertificate | undefined,
): Failure {
  const code = codeOf(error);
  const about =
    presented === undefined ? "" : `; ${certificateLine(presented)}`;
  return {
    kind: "tls-untrusted",
    phase: "tls",
    ...(code === undefined ? {} : { code }),
    cause: `${lineOf(error)}${about}`,
  };
}

function brokenOff(cause: string, code = "ECONNRESET"): Failure {
  return { kind: "tls-failed", phase: "tls", code, cause };
}
