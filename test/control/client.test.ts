import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { controlClient } from "../../src/control/client.js";

let root: string;
let server: Server | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gotap-client-"));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

function serve(answer: string | undefined): Promise<string> {
  const file = join(root, "1.sock");
  server = createServer((socket) => {
    socket.on("error", () => {});
    if (answer !== undefined) socket.end(answer);
  });
  return new Promise((resolve) => server?.listen(file, () => resolve(file)));
}

describe("controlClient", () => {
  it("says that nobody is there", async () => {
    await expect(
      controlClient(join(root, "gone.sock")).status(),
    ).rejects.toMatchObject({ name: "GotapError", code: "CONTROL_GONE" });
  });

  it("says that there is no answer, after its limit", async () => {
    const file = await serve(undefined);
    await expect(controlClient(file).status(50)).rejects.toMatchObject({
      code: "CONTROL_SILENT",
    });
  });

  it.each([
    ["no HTTP", "hello\r\n\r\n", "CONTROL_GONE"],
    [
      "no JSON",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
      "CONTROL_ANSWER",
    ],
    [
      "a refusal of something else",
      "HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nnull",
      "CONTROL_ANSWER",
    ],
    [
      "a cut answer",
      'HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{"a"',
      "CONTROL_GONE",
    ],
  ])("takes %s for no gotap", async (_what, answer, code) => {
    const file = await serve(answer);
    await expect(controlClient(file).status()).rejects.toMatchObject({ code });
  });
});
