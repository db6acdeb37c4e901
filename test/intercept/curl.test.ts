import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Rig, startRig } from "./rig.js";

const run = promisify(execFile);

function curlFeatures(): string {
  try {
    return execFileSync("curl", ["--version"], { encoding: "utf8" });
  } catch {
    return "";
  }
}

const features = curlFeatures();

describe.skipIf(features === "")("curl through the proxy", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.end());

  const curl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(
      "curl",
      ["-sS", "--cacert", rig.caFile, "-m", "10", ...args],
      { env: { PATH: process.env["PATH"] } },
    );
    return stdout;
  };
  const proxy = (): string =>
    `http://run-0123456789abcdef:t@127.0.0.1:${rig.port}`;

  it("HTTP/1.1", async () => {
    expect(
      await curl("--http1.1", "-x", proxy(), "https://example.com/a"),
    ).toBe("GET https://example.com:443/a\n");
    expect(rig.requests.at(-1)?.connection.runId).toBe("0123456789abcdef");
  });

  it.skipIf(!features.includes("HTTP2"))("HTTP/2", async () => {
    expect(
      await curl(
        "--http2",
        "-w",
        "%{http_version}",
        "-x",
        proxy(),
        "https://[2001:db8::1]:8443/a",
      ),
    ).toBe("GET https://2001:db8::1:8443/a\n2");
  });

  it("plain HTTP", async () => {
    expect(await curl("-x", proxy(), "http://example.com/a")).toBe(
      "GET http://example.com:80/a\n",
    );
  });

  it("a POST that expects 100", async () => {
    rig.onRequest = (request) => {
      let bytes = 0;
      request.body?.start({
        data: (chunk) => {
          bytes += chunk.byteLength;
        },
        end: () => {
          const text = Buffer.from(String(bytes));
          request.response.head({ status: 200, headers: [] });
          request.response.sink.write(text);
          request.response.sink.end();
        },
        failed: () => {},
      });
    };
    for (const version of ["--http1.1", "--http2"])
      expect(
        await curl(
          version,
          "-H",
          "Expect: 100-continue",
          "--data-binary",
          "x".repeat(100_000),
          "-x",
          proxy(),
          "https://example.com/",
        ),
      ).toBe("100000");
  });

  it.each(["--http1.1", "--http2", "--http1.0"])(
    "takes a cut body for cut, %s",
    async (version) => {
      rig.onRequest = ({ response }) => {
        response.head({ status: 200, headers: [] });
        response.sink.write(Buffer.from("half"));
        setTimeout(() => {
          response.sink.reset({ kind: "truncated" });
        }, 20);
      };
      await expect(
        curl(version, "-x", proxy(), "https://example.com/"),
      ).rejects.toMatchObject({ stdout: "half" });
    },
  );
});
