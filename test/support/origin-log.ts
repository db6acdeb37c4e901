import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";

import type { OriginRequest } from "./origin-answer.js";

/** What an origin was asked, in the order of arrival. */
export class OriginLog {
  readonly requests: OriginRequest[] = [];
  connections = 0;
  #ids = 0;
  /** By the client's port, which is unique among open connections. */
  readonly #connectionIds = new Map<number, number>();

  connected(port: number): void {
    this.connections += 1;
    this.#connectionIds.set(port, this.connections);
  }

  clear(): void {
    this.requests.length = 0;
  }

  ofHttp1(
    message: IncomingMessage,
    response: ServerResponse,
    port: number,
  ): OriginRequest {
    const request = this.#add(
      port,
      message.httpVersion === "1.0" ? "1.0" : "1.1",
      message.method ?? "",
      message.url ?? "",
      message.headers,
      message,
    );
    request.authority = message.headers.host ?? "";
    response.on("close", () => ended(request, !response.writableFinished));
    return request;
  }

  ofHttp2(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    port: number,
  ): OriginRequest {
    const request = this.#add(
      port,
      "2",
      String(headers[":method"]),
      String(headers[":path"]),
      headers,
      stream,
    );
    request.authority = String(headers[":authority"]);
    stream.on("error", () => {});
    stream.on("close", () => ended(request, !stream.writableFinished));
    return request;
  }

  #add(
    port: number,
    protocol: OriginRequest["protocol"],
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    source: Readable,
  ): OriginRequest {
    const request: OriginRequest = {
      id: ++this.#ids,
      method,
      path,
      authority: "",
      headers: flat(headers),
      protocol,
      connectionId: this.#connectionIds.get(port) ?? 0,
      startedAtMs: performance.now(),
      endedAtMs: undefined,
      status: undefined,
      bodyBytes: 0,
      gone: false,
      async body() {
        const parts: Buffer[] = [];
        for await (const part of source) parts.push(part as Buffer);
        return Buffer.concat(parts);
      },
    };
    this.requests.push(request);
    return request;
  }
}

function ended(request: OriginRequest, gone: boolean): void {
  request.endedAtMs = performance.now();
  request.gone = gone;
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !name.startsWith(":"))
      result[name] = Array.isArray(value) ? value.join(", ") : value;
  return result;
}
