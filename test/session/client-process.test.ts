import { describe, expect, it } from "vitest";

import {
  type ClientProcess,
  isLongLived,
  sessionProcess,
} from "../../src/session/client-process.js";

let nextPid = 1;
const named = (exe: string): ClientProcess => ({
  pid: nextPid++,
  startTicks: 1,
  exe,
  argv: [],
});

/** From the client's process to its ancestors, as `/proc` is climbed. */
const chainOf = (text: string) => text.split(" < ").map(named);

describe("sessionProcess: the topmost go", () => {
  it.each([
    ["go < bash", 0],
    ["/usr/lib/git-core/git-remote-https < git < go < bash < sshd", 2],
    ["go < make < bash", 0],
    ["go < stringer < go < bash", 2],
    ["app.test < go < bash", 1],
    ["go < gopls < code", 1],
    ["/usr/local/go/bin/go (deleted) < bash", 0],
    ["C:\\Go\\bin\\go.exe < powershell.exe", 0],
    ["go < go1.22.0 < bash", 1],
    ["curl < bash", 0],
    ["gofmt < bash", 0],
  ])("%s: %i", (text, index) => {
    const chain = chainOf(text);
    expect(sessionProcess(chain)).toBe(chain[index]);
  });

  it("goes no higher than the run's root", () => {
    const chain = chainOf("go < make < gotap < go < bash");
    expect(sessionProcess(chain, chain[1]?.pid)).toBe(chain[0]);
    expect(sessionProcess(chain, chain[0]?.pid)).toBe(chain[0]);
    expect(sessionProcess(chain)).toBe(chain[3]);
    expect(sessionProcess(chain, -1), "a root elsewhere").toBe(chain[3]);
  });

  it("knows a program by argv or comm where its executable is hidden", () => {
    const bare = { pid: 1, startTicks: 1, argv: [] };
    const byArgv = { ...bare, argv: ["/opt/go/bin/go", "build"] };
    const byComm = { ...bare, comm: "go" };
    expect(sessionProcess([byArgv])).toBe(byArgv);
    expect(sessionProcess([byComm])).toBe(byComm);
  });
});

describe("sessionProcess", () => {
  it.each([
    ["git-remote-https < git < go < bash", 2],
    ["git-remote-https < git < bash", 1],
    ["curl < bash", 0],
  ])("%s: %i", (text, index) => {
    const chain = chainOf(text);
    expect(sessionProcess(chain)).toBe(chain[index]);
  });

  it("is nobody for an empty chain", () => {
    expect(sessionProcess([])).toBeUndefined();
  });
});

describe("isLongLived", () => {
  it.each([
    ["go", false],
    ["git", false],
    ["git-remote-https", false],
    ["gopls", true],
    ["dlv", true],
    ["code", true],
  ])("%s: %s", (exe, expected) => {
    expect(isLongLived(named(exe))).toBe(expected);
  });
});
