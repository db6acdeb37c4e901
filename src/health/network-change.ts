/** What `os.networkInterfaces()` says, as far as it matters here. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly {
        address: string;
        family: "IPv4" | "IPv6";
        internal: boolean;
        cidr: string | null;
      }[]
    | undefined
  >
>;

/** Interface name to its networks, sorted and joined; interfaces without one are left out. */
export type Networks = ReadonlyMap<string, string>;

export interface NetworkChange {
  /** The first interface that differs. */
  name: string;
  /** Its networks; `absent` for none. */
  from: string;
  to: string;
  /** All that differs, as one line. */
  cause: string;
}

/**
 * What tells one network from another: for IPv4 the address and its mask; for IPv6 the network alone, as machines change the
 * rest of it by themselves (RFC 8981). Loopback is left out, and link-local, which every container's interface has.
 */
export function networksOf(interfaces: Interfaces): Networks {
  const networks = new Map<string, string>();
  for (const [name, addresses] of Object.entries(interfaces)) {
    const found = new Set<string>();
    for (const { address, cidr, family, internal } of addresses ?? []) {
      if (internal || /^(?:fe[89ab]|169\.254\.)/i.test(address)) continue;
      const whole = cidr ?? address;
      found.add(family === "IPv6" ? ipv6Network(whole) : whole);
    }
    if (found.size > 0) networks.set(name, [...found].toSorted().join(" "));
  }
  return networks;
}

/** `2001:db8::1:2/64` as `2001:db8:0:0::/64`; other masks as they stand. */
function ipv6Network(cidr: string): string {
  if (!cidr.endsWith("/64")) return cidr;
  const [head = "", tail] = cidr.slice(0, -3).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(missing).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** @returns undefined where they are the same */
export function networkChange(
  before: Networks,
  after: Networks,
): NetworkChange | undefined {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const changes = names.flatMap((name) => {
    const from = before.get(name) ?? "absent";
    const to = after.get(name) ?? "absent";
    return from === to ? [] : [{ name, from, to }];
  });
  const [first] = changes;
  if (first === undefined) return undefined;
  const cause = changes
    .map(({ name, from, to }) => `${name}: ${from} → ${to}`)
    .join(", ");
  return { ...first, cause };
}
