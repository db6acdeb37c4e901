/** An endpoint as a URL names it: `https://goproxy.cn:443`. */
export interface Origin {
  scheme: "http" | "https";
  /** Lower case, an IPv6 literal without brackets. */
  host: string;
  port: number;
}

/** A way out of the machine. */
export type Way =
  | { type: "direct"; name: "direct" }
  | {
      /** CONNECT through an HTTP proxy; `https` speaks TLS to the proxy first. */
      type: "http" | "https" | "socks5";
      /** For people and spans: `backup-http`, or `host:port` where it has no name of its own. Never credentials. */
      name: string;
      host: string;
      port: number;
      username?: string;
      password?: string;
    };

export const DIRECT: Way = { type: "direct", name: "direct" };
