/** An address as eight 16-bit words; IPv4 stands as `::ffff:a.b.c.d`, so that both notations of one address are equal. */
export type IpAddress = readonly number[];

const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0xffff];

/**
 * An IP literal in its usual notation (Go's netip.ParseAddr): no leading zeros in IPv4, IPv6 without brackets, a zone dropped.
 */
export function parseIp(text: string): IpAddress | undefined {
  const four = parseIpv4(text);
  return four === undefined ? parseIpv6(text) : [...MAPPED, ...four];
}

/** Whether it is IPv4, written as such or as an IPv6-mapped address. */
export function isIpv4(ip: IpAddress): boolean {
  return MAPPED.every((word, i) => ip[i] === word);
}

export function isLoopback(ip: IpAddress): boolean {
  if (isIpv4(ip)) return (ip[6] ?? 0) >> 8 === 127;
  return ip.every((word, i) => word === (i === 7 ? 1 : 0));
}

/** Whether the first `bits` (0–128, IPv4's own prefix plus 96) of both agree. */
export function samePrefix(a: IpAddress, b: IpAddress, bits: number): boolean {
  for (let i = 0; i < 8; i++) {
    const left = bits - i * 16;
    if (left <= 0) return true;
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if (((a[i] ?? 0) & mask) !== ((b[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** RFC 5952's text of an IPv6 address; dotted decimal for IPv4. */
export function formatIp(ip: IpAddress): string {
  if (isIpv4(ip)) {
    const [high = 0, low = 0] = ip.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  let zeros = { from: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && ip[end] === 0) end++;
    if (end - i > zeros.length) zeros = { from: i, length: end - i };
  }
  const hex = ip.map((word) => word.toString(16));
  if (zeros.from < 0) return hex.join(":");
  const head = hex.slice(0, zeros.from).join(":");
  return `${head}::${hex.slice(zeros.from + zeros.length).join(":")}`;
}

/** The two words of a dotted decimal IPv4 address. */
function parseIpv4(text: string): [number, number] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && +part < 256))
    return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

function parseIpv6(text: string): IpAddress | undefined {
  const zone = text.indexOf("%");
  if (zone >= 0 && zone === text.length - 1) return undefined;
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (!bare.includes(":")) return undefined;
  const [head = "", tail, more] = bare.split("::");
  if (more !== undefined) return undefined;
  const before = groups(head, tail === undefined);
  const after = tail === undefined ? [] : groups(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const words: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const four = last && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (four !== undefined) words.push(...four);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) words.push(parseInt(part, 16));
    else return undefined;
  }
  return words;
}
