export interface Credentials {
  username: string;
  password: string;
}

/** Proxy-Authorization of the Basic scheme (RFC 7617); undefined for any other or a malformed one. */
export function basicCredentials(field: string): Credentials | undefined {
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field);
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The run that a user name `run-0123456789abcdef` names (FACTS G15). */
export function runIdOf(username: string): string | undefined {
  return /^run-([0-9a-f]{16})$/.exec(username)?.[1];
}
