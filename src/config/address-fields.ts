import { isIP } from "node:net";

import { z } from "zod";

import type { Wording } from "./fields.js";

// The kinds of value that name a place on the network.

/** A URL of one of these schemes (`http:`), with a host. */
export function url(schemes: readonly string[], wording: Wording) {
  return z
    .string()
    .refine((value) => parsedUrl(value, schemes) !== undefined)
    .meta({
      expected: `a URL that begins with ${begins(schemes)}`,
      example: `"${schemes[0] ?? ""}//127.0.0.1:4318"`,
      ...wording,
    });
}

/** A proxy: it may have credentials, and has neither path nor query. */
export function proxyUrl(schemes: readonly string[], wording: Wording) {
  return z
    .string()
    .refine((value) => {
      const parsed = parsedUrl(value, schemes);
      return (
        parsed !== undefined &&
        parsed.port !== "0" &&
        isBare(parsed) &&
        /^\/?$/.test(parsed.pathname) &&
        !/%(?![\da-f]{2})/i.test(parsed.username + parsed.password)
      );
    })
    .meta({
      expected: `a URL that begins with ${begins(schemes)}, and has a host, a port and nothing behind it`,
      example: `"${schemes[0] ?? ""}//127.0.0.1:8080"`,
      ...wording,
    });
}

/** What paths are added to: a URL in it may have no credentials (it stands in traces), no query and no fragment. */
export function baseUrls(schemes: readonly string[], wording: Wording) {
  return z
    .array(
      z.string().refine((value) => {
        const parsed = parsedUrl(value, schemes);
        return (
          parsed !== undefined &&
          isBare(parsed) &&
          parsed.username + parsed.password === ""
        );
      }),
    )
    .min(1)
    .meta({
      expected: `a list of URLs that begin with ${begins(schemes)}, without credentials, query and fragment`,
      example: `["${schemes[0] ?? ""}//mirror.example"]`,
      ...wording,
    });
}

function begins(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}//`).join(" or ");
}

/** A URL parser forgives `http:/host`, spaces and a lone "?"; a person has then typed something else than was meant. */
function parsedUrl(value: string, schemes: readonly string[]): URL | undefined {
  if (/\s/.test(value) || !value.includes("://")) return undefined;
  try {
    const parsed = new URL(value);
    return schemes.includes(parsed.protocol) && parsed.hostname !== ""
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

function isBare({ href }: URL): boolean {
  return !/[?#]/.test(href);
}

/** One host, never a pattern: whoever it is for has to be named. */
export function hostName(wording: Wording) {
  return z
    .string()
    .refine((value) => !value.includes("*") && isHostPattern(value))
    .meta({
      expected: "one host: a name or an address, without scheme and port",
      example: '"goproxy.cn"',
      ...wording,
    });
}

/** @see matchesHostPattern in src/policy/host-pattern.ts, which understands the same forms */
export function hostPatterns(wording: Wording) {
  return z
    .array(z.string().refine(isHostPattern))
    .min(1)
    .meta({
      expected:
        "a list of hosts without ports; a domain with a star and a dot before it for all hosts below, a star for all",
      example: '["*.corp.example"]',
      ...wording,
    });
}

/** Letters beyond ASCII never stand in a request: such a name is written as it is there (`xn--…`). */
function isHostPattern(value: string): boolean {
  return (
    value === "*" ||
    isIP(value) !== 0 ||
    /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?$/.test(value)
  );
}

/** Host names, held in lower case, to IP literals. */
export function addresses(wording: Wording) {
  return z
    .record(
      z.string().min(1),
      z.string().refine((value) => isIP(value) !== 0),
    )
    .transform((table) =>
      Object.fromEntries(
        Object.entries(table).map(([host, address]) => [
          host.toLowerCase(),
          address,
        ]),
      ),
    )
    .meta({
      expected: "an IP address",
      example: '"127.0.0.1"',
      ...wording,
    });
}

/** `HOST:PORT`; port 0 lets the system choose one. */
export function listenAddress(wording: Wording) {
  return z
    .string()
    .transform((value, context) => {
      const match =
        /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(value) ?? [];
      const host = match[1] ?? match[2];
      const port = Number(match[3]);
      const isLiteral = match[1] === undefined || isIP(match[1]) === 6;
      if (host !== undefined && port <= 65_535 && isLiteral)
        return { host, port };
      context.addIssue({ code: "custom" });
      return z.NEVER;
    })
    .meta({
      expected: "HOST:PORT, the port from 0 (any free one) to 65535",
      example: '"127.0.0.1:9090"',
      ...wording,
    });
}
