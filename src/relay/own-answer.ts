import type { ClientRequest } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RelayOptions } from "./options.js";

/** gotap's own answer, where no attempt gave one. @returns whether it is what the client asked for */
export function answerClient(
  options: RelayOptions,
  { connection, method, response }: ClientRequest,
  record: ExchangeRecord,
  failure: Failure,
  retryAfterMs: number | undefined,
): boolean {
  const { headers, status, text } = options.answer(
    failure,
    record,
    connection,
    retryAfterMs,
  );
  const bytes = Buffer.from(text, "utf8");
  record.status = status;
  response.head({
    status,
    headers: [
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(bytes.byteLength)],
      ...(headers ?? []),
    ],
    contentLength: bytes.byteLength,
  });
  if (method !== "HEAD") {
    response.sink.write(bytes);
    record.responseBytes += bytes.byteLength;
  }
  response.sink.end();
  return status === 200;
}
