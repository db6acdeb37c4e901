import { networkInterfaces } from "node:os";

import { beforeEach, describe, expect, it } from "vitest";

import {
  type Interfaces,
  networkChange,
  networksOf,
} from "../../src/health/network-change.js";
import {
  type NetworkWatch,
  watchNetwork,
} from "../../src/health/watch-network.js";
import { FakeClock } from "../support/fake-clock.js";

const v4 = (cidr: string, internal = false) => ({
  address: cidr.replace(/\/.*/, ""),
  cidr,
  family: "IPv4" as const,
  internal,
});
const v6 = (cidr: string) => ({ ...v4(cidr), family: "IPv6" as const });

const OFFICE: Interfaces = {
  lo: [v4("127.0.0.1/8", true)],
  eth0: [v4("10.1.2.3/16"), v6("fe80::1/64"), v6("2001:db8::a:1/64")],
};
const HOME: Interfaces = { wlan0: [v4("192.168.1.7/24")] };

describe("networks", () => {
  const changeOf = (before: Interfaces, after: Interfaces) =>
    networkChange(networksOf(before), networksOf(after));

  it("are the same where only the order or an IPv6 address of one network is another", () => {
    const later = {
      eth0: [v6("2001:db8:0:0:ffff::9/64"), v4("10.1.2.3/16")],
    };
    expect(changeOf(OFFICE, later)).toBeUndefined();
    expect(changeOf(OFFICE, OFFICE)).toBeUndefined();
  });

  it("are the same when an interface has come that is link-local only", () => {
    const more = { ...OFFICE, veth1: [v6("fe80::2/64"), v4("169.254.9.9/16")] };
    expect(changeOf(OFFICE, more)).toBeUndefined();
  });

  it("differ by an address, by an IPv6 network and by an interface, in one line", () => {
    expect(changeOf(HOME, { wlan0: [v4("192.168.1.8/24")] })?.cause).toBe(
      "wlan0: 192.168.1.7/24 → 192.168.1.8/24",
    );
    expect(
      changeOf(
        { eth0: [v6("2001:db8::1/64")] },
        { eth0: [v6("2001:db8:0:1::1/64")] },
      )?.cause,
    ).toBe("eth0: 2001:db8:0:0::/64 → 2001:db8:0:1::/64");
    expect(changeOf(OFFICE, HOME)).toEqual({
      name: "eth0",
      from: "10.1.2.3/16 2001:db8:0:0::/64",
      to: "absent",
      cause:
        "eth0: 10.1.2.3/16 2001:db8:0:0::/64 → absent, wlan0: absent → 192.168.1.7/24",
    });
  });

  it("are read from this machine", () => {
    const networks = networksOf(networkInterfaces());
    expect([...networks.values()].join(" ")).not.toContain("127.0.0.1");
  });
});

describe("the network's watch", () => {
  let clock: FakeClock;
  let now: Interfaces | Error;
  let active: boolean;
  let reads: number;
  let told: string[];
  let watch: NetworkWatch;

  beforeEach(() => {
    clock = new FakeClock();
    now = OFFICE;
    active = true;
    told = [];
    watch = watchNetwork({
      clock,
      active: () => active,
      changed: (cause, { name }) => told.push(`${name} | ${cause}`),
      read: () => {
        reads += 1;
        if (now instanceof Error) throw now;
        return now;
      },
    });
    reads = 0;
  });

  it("looks every five seconds and tells each change once", () => {
    clock.advance(60_000);
    expect(reads).toBe(0);
    watch.wake();
    watch.wake();
    clock.advance(20_000);
    expect(reads).toBe(5);
    expect(told).toEqual([]);
    now = HOME;
    clock.advance(20_000);
    expect(told).toEqual([
      "eth0 | eth0: 10.1.2.3/16 2001:db8:0:0::/64 → absent, wlan0: absent → 192.168.1.7/24",
    ]);
  });

  it("has no timer while nothing is active, and then tells what has changed meanwhile", () => {
    watch.wake();
    active = false;
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
    now = HOME;
    clock.advance(60_000);
    expect(told).toEqual([]);
    active = true;
    watch.wake();
    expect(told).toHaveLength(1);
  });

  it("takes a system that does not answer for no change", () => {
    watch.wake();
    now = new Error("ERR_SYSTEM_ERROR");
    clock.advance(10_000);
    now = OFFICE;
    clock.advance(10_000);
    expect(told).toEqual([]);
    now = HOME;
    clock.advance(5_000);
    expect(told).toHaveLength(1);
  });

  it("is silent after its end", () => {
    watch.wake();
    watch.close();
    watch.close();
    now = HOME;
    watch.wake();
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    expect(told).toEqual([]);
  });
});
