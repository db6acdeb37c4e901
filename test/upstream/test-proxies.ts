import { connect, type Socket } from "node:net";

import type { Way } from "../../src/model/way.js";
import type { TestAuthority } from "../support/test-authority.js";
import { rawOrigin, type RawOrigin, tlsOrigin } from "./raw-origin.js";

export interface TestProxy extends RawOrigin {
  way(credentials?: {
    username: string;
    password: string;
  }): Exclude<Way, { type: "direct" }>;
  /** Heads of what it was asked; for SOCKS `host:port`. */
  asked: string[];
}

/** Every name is this machine. */
function through(
  client: Socket,
  port: number,
  ready: (origin: Socket) => void,
): void {
  const origin = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  origin.on("error", () => client.destroy());
  client.on("error", () => origin.destroy());
  origin.on("connect", () => {
    ready(origin);
    client.pipe(origin);
    origin.pipe(client);
  });
}

/**
 * An HTTP proxy that knows CONNECT and absolute-form.
 * @param answer what it says to CONNECT instead of making the tunnel
 */
export async function httpProxy(
  options: { authority?: TestAuthority; answer?: string } = {},
): Promise<TestProxy> {
  const asked: string[] = [];
  const play = (client: Socket): void => {
    let read = "";
    const onData = (chunk: Buffer): void => {
      read += chunk.toString("latin1");
      if (!read.includes("\r\n\r\n")) return;
      client.removeListener("data", onData);
      client.pause();
      const head = read.slice(0, read.indexOf("\r\n\r\n"));
      asked.push(head);
      if (options.answer !== undefined) {
        client.end(options.answer);
        return;
      }
      const port = Number(
        /^\S+ \S*?:(\d+)/.exec(head.replace("http://", ""))?.[1],
      );
      through(client, port, (origin) => {
        if (head.startsWith("CONNECT")) client.write("HTTP/1.1 200 OK\r\n\r\n");
        else origin.write(read);
      });
    };
    client.on("data", onData);
  };
  const { authority } = options;
  const origin = await (authority === undefined
    ? rawOrigin(play)
    : tlsOrigin(authority.issue(["127.0.0.1"]), play));
  return {
    ...origin,
    asked,
    way: (credentials) => ({
      type: authority === undefined ? "http" : "https",
      name: "a-proxy",
      host: origin.host,
      port: origin.port,
      ...credentials,
    }),
  };
}

/**
 * A SOCKS5 server (RFC 1928, RFC 1929), as small as it can be.
 * @param options.reply the code of its reply; 0 makes the tunnel
 */
export async function socksProxy(
  options: {
    reply?: number;
    password?: string;
    silent?: boolean;
    greet?: boolean;
  } = {},
): Promise<TestProxy> {
  const asked: string[] = [];
  const origin = await rawOrigin((client) => {
    if (options.silent === true) return;
    let step: "greeting" | "password" | "request" = "greeting";
    const onData = (chunk: Buffer): void => {
      if (step === "greeting") {
        const method = options.password === undefined ? 0 : 2;
        step = method === 0 ? "request" : "password";
        client.write(
          Buffer.from([5, chunk.includes(method, 2) ? method : 0xff]),
        );
        return;
      }
      if (step === "password") {
        step = "request";
        const given = chunk.subarray(3 + (chunk[1] ?? 0)).toString();
        client.write(Buffer.from([1, given === options.password ? 0 : 1]));
        return;
      }
      client.removeListener("data", onData);
      client.pause();
      const named = chunk[3] === 3;
      const end = named ? 5 + (chunk[4] ?? 0) : 8;
      const host = named
        ? chunk.subarray(5, end).toString()
        : chunk.subarray(4, end).join(".");
      const port = chunk.readUInt16BE(end);
      asked.push(`${host}:${port}`);
      const reply = Buffer.from([
        5,
        options.reply ?? 0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
      ]);
      if ((options.reply ?? 0) !== 0) client.end(reply);
      // A server that speaks first: its bytes come in one packet with the reply.
      else if (options.greet === true)
        client.write(Buffer.concat([reply, Buffer.from("welcome")]));
      else through(client, port, () => client.write(reply));
    };
    client.on("data", onData);
  });
  return {
    ...origin,
    asked,
    way: (credentials) => ({
      type: "socks5",
      name: "a-socks",
      host: origin.host,
      port: origin.port,
      ...credentials,
    }),
  };
}
