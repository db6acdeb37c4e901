import type { Socket } from "node:net";

import type { TestAuthority } from "../support/test-authority.js";
import { type RawOrigin, tlsOrigin } from "./raw-origin.js";

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const PREFACE_BYTES = 24;

/** One stream of a connection whose frames the test writes itself: node:http2 as a server ends streams before it resets them. */
export interface RawStream {
  id: number;
  socket: Socket;
  settings(): void;
  head(contentLength?: number): void;
  data(text: string | Buffer, end?: boolean): void;
  rst(code: number): void;
  goaway(lastStreamId: number, code: number): void;
}

export interface RawH2Options {
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  streams?: number;
  /** SETTINGS come only with `settings()`. */
  late?: boolean;
  /** Default true. */
  answerPings?: boolean;
}

function frame(
  type: number,
  flags: number,
  id: number,
  payload: Buffer,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, one] of numbers.entries()) bytes.writeUInt32BE(one, i * 4);
  return bytes;
}

/** An HTTP/2 server that sends exactly the frames that `play` writes for each request. */
export function rawH2Origin(
  authority: TestAuthority,
  play: (stream: RawStream) => void,
  options: RawH2Options = {},
): Promise<RawOrigin> {
  return tlsOrigin(
    { ...authority.issue(["127.0.0.1"]), ALPNProtocols: ["h2"] },
    (socket) => {
      const send = (...args: Parameters<typeof frame>): void => {
        if (socket.writable) socket.write(frame(...args));
      };
      const settings = (): void => {
        const { streams } = options;
        const setting = Buffer.alloc(streams === undefined ? 0 : 6);
        if (streams !== undefined) {
          setting.writeUInt16BE(3, 0);
          setting.writeUInt32BE(streams, 2);
        }
        send(SETTINGS, 0, 0, setting);
      };
      if (options.late !== true) settings();
      let held: Buffer = Buffer.alloc(0);
      let skip = PREFACE_BYTES;
      socket.on("data", (chunk: Buffer) => {
        held = Buffer.concat([held, chunk]);
        if (held.length < skip) return;
        held = held.subarray(skip);
        skip = 0;
        while (held.length >= 9) {
          const length = held.readUIntBE(0, 3);
          if (held.length < 9 + length) return;
          const type = held.readUInt8(3);
          const flags = held.readUInt8(4);
          const id = held.readUInt32BE(5);
          const payload = held.subarray(9, 9 + length);
          held = held.subarray(9 + length);
          if (type === SETTINGS && flags === 0 && options.late !== true)
            send(SETTINGS, 1, 0, Buffer.alloc(0));
          if (type === PING && flags === 0 && options.answerPings !== false)
            send(PING, 1, 0, payload);
          if (type === HEADERS)
            play({
              id,
              socket,
              settings,
              head(contentLength) {
                const length = String(contentLength ?? "");
                const field = Buffer.concat([
                  Buffer.from([0x0f, 0x0d, length.length]),
                  Buffer.from(length),
                ]);
                // :status 200, then content-length as a literal: RFC 7541 §6.1, §6.2.2.
                const block = Buffer.concat([
                  Buffer.from([0x88]),
                  contentLength === undefined ? Buffer.alloc(0) : field,
                ]);
                send(HEADERS, 4, id, block);
              },
              data(text, end = false) {
                send(DATA, end ? 1 : 0, id, Buffer.from(text));
              },
              rst(code) {
                send(RST_STREAM, 0, id, words(code));
              },
              goaway(lastStreamId, code) {
                send(GOAWAY, 0, 0, words(lastStreamId, code));
              },
            });
        }
      });
    },
  );
}
