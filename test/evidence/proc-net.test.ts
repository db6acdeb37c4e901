import { endianness } from "node:os";

import { describe, expect, it } from "vitest";

import {
  rowOfConnection,
  rowsOfListeners,
  socketKeys,
} from "../../src/evidence/proc-net.js";

// As a little-endian machine prints it: a listener, a server's end, the client's end, a closed one.
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:2382 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D431 0100007F:2382 01 00000000:00000000 00:00000000 00000000  1001        0 333 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:D432 0100007F:2382 06 00000000:00000000 03:00000A51 00000000     0        0 0 3 0000000000000000
   4: 0100007F:D431 0200007F:2382 01 00000000:00000000 00:00000000 00000000  1002        0 444 1 0000000000000000 20 4 30 10 -1
`;

describe.runIf(endianness() === "LE")("/proc/net/tcp", () => {
  const [client = ""] = socketKeys("127.0.0.1", 0xd431);

  it("has the client's row, not the server's", () => {
    const remote = socketKeys("127.0.0.1", 0x2382);
    expect(rowOfConnection(TABLE, client, remote)).toEqual({
      uid: 1001,
      inode: 333,
    });
    expect(rowOfConnection(TABLE, client, [":2383"])).toBeUndefined();
  });

  it("tells two servers on one port apart by their addresses", () => {
    const remote = socketKeys("127.0.0.2", 0x2382);
    expect(rowOfConnection(TABLE, client, remote)?.uid).toBe(1002);
  });

  it("has its listeners", () => {
    expect(rowsOfListeners(TABLE, 0x2382)).toEqual([{ uid: 1000, inode: 111 }]);
    expect(rowsOfListeners(TABLE, 0xd431)).toEqual([]);
    expect(rowsOfListeners("", 80)).toEqual([]);
  });

  it("survives a line that was cut", () => {
    const cut = TABLE.slice(0, TABLE.indexOf(" 333"));
    expect(rowOfConnection(cut, client, [":2382"])).toBeUndefined();
  });

  it.each([
    ["127.0.0.1", ["0100007F:0050", "0000000000000000FFFF00000100007F:0050"]],
    [
      "::ffff:127.0.0.1",
      ["0100007F:0050", "0000000000000000FFFF00000100007F:0050"],
    ],
    ["::1", ["00000000000000000000000001000000:0050"]],
    ["2001:db8::ff", ["B80D01200000000000000000FF000000:0050"]],
    ["fe80::1%eth0", ["000080FE000000000000000001000000:0050"]],
    ["not an address", []],
  ])("writes %s as the kernel does", (address, keys) => {
    expect(socketKeys(address, 80)).toEqual(keys);
  });
});
