import { proxyChallenges } from "./proxy-auth-failure.js";

/** The head of an HTTP proxy's answer to CONNECT. */
export interface ProxyAnswer {
  status: number;
  /** Printable ASCII only, bounded. */
  reason: string;
  /** The schemes of its Proxy-Authenticate fields, as it wrote them: `Basic`, `Digest`, `NTLM`. */
  challenges: string[];
  /** What followed the head: the tunnel's first bytes. */
  rest: Buffer;
}

/** A head may have so many bytes; no proxy sends a tenth of it. */
export const MAX_ANSWER_BYTES = 65_536;

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: (.*))?$/;

/**
 * Collects the bytes of an answer to CONNECT until its head is whole. Fields but one are not looked at: a 2xx answer to CONNECT has
 * no body, whatever its Content-Length says (RFC 9110 §9.3.6), and any other answer closes the connection.
 */
export class ProxyAnswerParser {
  private held: Buffer = Buffer.alloc(0);

  /** @returns the answer when its head is whole, `malformed` when it can be none, undefined when more is needed */
  push(chunk: Buffer): ProxyAnswer | "malformed" | undefined {
    this.held = Buffer.concat([this.held, chunk]);
    for (;;) {
      const start = this.held.subarray(0, 5).toString("latin1");
      if (!"HTTP/".startsWith(start.slice(0, this.held.length)))
        return "malformed";
      const end = this.endOfHead();
      if (end === undefined)
        return this.held.length > MAX_ANSWER_BYTES ? "malformed" : undefined;
      if (end > MAX_ANSWER_BYTES) return "malformed";
      const [line = "", ...fields] = this.held
        .subarray(0, end)
        .toString("latin1")
        .split(/\r?\n/);
      const parts = STATUS_LINE.exec(line);
      if (parts === null) return "malformed";
      this.held = this.held.subarray(end);
      const status = Number(parts[1]);
      // Interim answers say nothing about the tunnel (RFC 9110 §15.2); 101 cannot be one, nothing was to be upgraded.
      if (status === 101) return "malformed";
      if (status < 200) continue;
      const reason = (parts[2] ?? "").replace(/[^\x20-\x7e]/g, "?");
      return {
        status,
        reason: reason.slice(0, 80),
        challenges: proxyChallenges(
          fields.flatMap((field) => {
            const value = /^proxy-authenticate:(.*)$/i.exec(field)?.[1];
            return value === undefined ? [] : [value];
          }),
        ),
        rest: this.held,
      };
    }
  }

  private endOfHead(): number | undefined {
    const crlf = this.held.indexOf("\r\n\r\n");
    const lf = this.held.indexOf("\n\n");
    if (crlf < 0 && lf < 0) return undefined;
    if (lf < 0 || (crlf >= 0 && crlf < lf)) return crlf + 4;
    return lf + 2;
  }
}
