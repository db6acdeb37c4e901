import { readTcpTable, rowsOfListeners } from "./proc-net.js";
import { findSocketOwner } from "./socket-owner.js";

/**
 * Who listens on a TCP port of this machine, on whatever address; by its short name, as arguments may hold secrets.
 * @returns undefined when nobody does, it is another user's process, or there is no /proc (macOS, Windows). Never throws.
 */
export function portHolder(
  port: number,
): { pid: number; command: string } | undefined {
  const tables = [readTcpTable("tcp"), readTcpTable("tcp6")];
  for (const { inode, uid } of tables.flatMap((each) =>
    rowsOfListeners(each ?? "", port),
  )) {
    // A server may have changed its user after it listened, so the socket's user says little: first those, then all.
    const owner = findSocketOwner(inode, { uid }) ?? findSocketOwner(inode);
    if (owner !== undefined) return { pid: owner.pid, command: owner.comm };
  }
  return undefined;
}
