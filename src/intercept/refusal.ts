import { STATUS_CODES } from "node:http";

import type { TrackedConnection } from "./tracked-connection.js";

/** An answer of our own: always text/plain, and the connection is closed after it. */
export interface Refusal {
  status: number;
  /** At most 8 lines and 648 bytes: go prints that much (FACTS G8). */
  text: string;
}

/** The fields of every refusal but Connection, which HTTP/2 does not have. */
export function refusalFields(
  refusal: Refusal,
  body: Buffer,
): [name: string, value: string][] {
  const fields: [string, string][] = [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(body.byteLength)],
  ];
  if (refusal.status === 407)
    fields.push(["Proxy-Authenticate", 'Basic realm="gotap", charset="UTF-8"']);
  return fields;
}

/** The text with a newline at its end. */
export function refusalBody({ text }: Refusal): Buffer {
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
}

/** Go shows nothing but the reason phrase of a refused CONNECT, so the text's first line stands there. */
function reasonPhrase({ status, text }: Refusal): string {
  const line = (text.split("\n", 1)[0] ?? "").replaceAll(/[^ -~]/g, "?");
  return line === "" ? (STATUS_CODES[status] ?? "Refused") : line.slice(0, 200);
}

/**
 * Writes a whole HTTP/1.1 answer to a connection whose stream no server answers on any more, and closes it, at the latest
 * when `lingerUntilMs` is over.
 * @param stream the connection's socket or the TLS socket on it
 */
export function refuseOnSocket(
  connection: TrackedConnection,
  stream: NodeJS.WritableStream & { resume(): unknown; destroy(): unknown },
  refusal: Refusal,
  lingerUntilMs: number,
): void {
  const destroy = (): void => {
    connection.socket.destroy();
  };
  if (!stream.writable) {
    destroy();
    return;
  }
  connection.enter({ drain() {}, expire: destroy }, lingerUntilMs);
  const body = refusalBody(refusal);
  const fields = refusalFields(refusal, body)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  stream.end(
    `HTTP/1.1 ${refusal.status} ${reasonPhrase(refusal)}\r\n${fields}Connection: close\r\n\r\n${body.toString("utf8")}`,
  );
  // Unread bytes at close would make the kernel reset the connection and take the answer away from the client.
  stream.resume();
}
