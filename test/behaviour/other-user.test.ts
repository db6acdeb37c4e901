import { spawn } from "node:child_process";

import { afterEach, describe, expect, it } from "vitest";

import { HOST, Joined } from "./joined.js";

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const NOBODY = 65_534;

/** CONNECTs as another user and gives back the answer's first line. */
function connectAs(
  uid: number,
  joined: Joined,
  fields: string,
): Promise<string> {
  const script = `
    const socket = require("node:net").connect(${joined.port}, "127.0.0.1");
    socket.on("data", (chunk) => { process.stdout.write(chunk); socket.end(); });
    socket.on("error", (error) => { process.stdout.write(String(error)); });
    socket.write(${JSON.stringify(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`)});
  `;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", script], {
      uid,
      gid: uid,
      cwd: "/",
      env: {},
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.on("error", reject);
    child.on("close", () => resolve(text.split("\r\n", 1)[0] ?? ""));
  });
}

// Only root may start a process of another user.
describe.skipIf(!isRoot)("a client of another user", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  it("gets 403", async () => {
    joined = await Joined.start();
    expect(await connectAs(NOBODY, joined, "")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await connectAs(0, joined, "")).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("also with a run's id and a wrong token", async () => {
    joined = await Joined.start();
    const { runId } = joined.run.record;
    const basic = Buffer.from(`run-${runId}:guessed`).toString("base64");
    const fields = `Proxy-Authorization: Basic ${basic}\r\n`;
    expect(await connectAs(NOBODY, joined, fields)).toMatch(/^HTTP\/1\.1 403 /);
  });
});
