import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";

import { hearOutputErrors, written } from "../../src/cli/output.js";

function failing(code: string): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(`${code}: it cannot`), { code }));
    },
  });
}

describe("hearOutputErrors", () => {
  it("a reader that has gone is no failure", async () => {
    const [stdout, stderr] = [failing("EPIPE"), new PassThrough()];
    const output = hearOutputErrors({ stdout, stderr });
    stdout.write("line\n");
    await written(stdout, stderr);
    stdout.write("after\n");
    await written(stdout, stderr);
    expect(output.failed()).toBe(false);
    expect(stderr.read()).toBeNull();
  });

  it("a full disk is told once, and counts", async () => {
    const [stdout, stderr] = [failing("ENOSPC"), new PassThrough()];
    const output = hearOutputErrors({ stdout, stderr });
    stdout.write("line\n");
    await written(stdout);
    stdout.write("line\n");
    await written(stdout);
    expect(output.failed()).toBe(true);
    expect(String(stderr.read())).toBe(
      "gotap: cannot write: ENOSPC: it cannot\n",
    );
  });

  it("a broken stderr ends nothing", async () => {
    const stderr = failing("EPIPE");
    hearOutputErrors({ stdout: new PassThrough(), stderr });
    stderr.write("talk\n");
    await written(stderr);
    expect(stderr.destroyed).toBe(true);
  });
});

describe("written", () => {
  it("resolves when the reader has it all", async () => {
    const got: string[] = [];
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        setTimeout(() => {
          got.push(chunk.toString());
          done();
        }, 5);
      },
    });
    slow.write("a");
    slow.write("b");
    await written(slow);
    expect(got.join("")).toBe("ab");
  });
});
