import type { IpAddress } from "./ip-address.js";

/**
 * IPv4 as inet_aton(3), and so many a resolver, reads it: one to four parts in decimal, octal (`0…`) or hexadecimal (`0x…`),
 * the last one filling all that is left. `2852039166` and `0xA9FE.0xA9FE` are 169.254.169.254.
 */
export function parseLooseIpv4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map(parsePart);
  let value = 0;
  for (const [i, part] of numbers.entries()) {
    const isLast = i === numbers.length - 1;
    const limit = isLast ? 256 ** (4 - i) : 256;
    if (part === undefined || part >= limit) return undefined;
    value += isLast ? part : part * 256 ** (3 - i);
  }
  const high = Math.floor(value / 65536);
  return [0, 0, 0, 0, 0, 0xffff, high, value % 65536];
}

function parsePart(text: string): number | undefined {
  if (/^0x[0-9a-f]{0,16}$/i.test(text))
    return parseInt(`0${text.slice(2)}`, 16);
  if (/^0[0-7]{0,20}$/.test(text)) return parseInt(text, 8);
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}
