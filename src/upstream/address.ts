import { isIP } from "node:net";

export interface Address {
  address: string;
  family: 4 | 6;
}

/** @returns undefined for a name */
export function ipLiteral(host: string): Address | undefined {
  const family = isIP(host);
  if (family === 4 || family === 6) return { address: host, family };
  return undefined;
}

/** `example.com:443`, `[::1]:443`. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * RFC 8305 §4: families alternate, beginning with the family of the first address; within a family the resolver's order
 * (RFC 6724) is kept.
 */
export function interleaveFamilies(addresses: readonly Address[]): Address[] {
  const first = addresses[0]?.family;
  const own = addresses.filter((one) => one.family === first);
  const other = addresses.filter((one) => one.family !== first);
  const mixed: Address[] = [];
  for (let i = 0; i < Math.max(own.length, other.length); i++) {
    const a = own[i];
    const b = other[i];
    if (a !== undefined) mixed.push(a);
    if (b !== undefined) mixed.push(b);
  }
  return mixed;
}
