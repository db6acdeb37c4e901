import http from "node:http";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runChild } from "../support/child.js";
import type { Origin } from "../support/origin.js";
import { HOST, Joined } from "./joined.js";

interface Answered {
  status: number;
  text: string;
}

describe("requests on the proxy's own port", () => {
  let joined: Joined;
  let plain: Origin;
  let secure: Origin;

  beforeAll(async () => {
    joined = await Joined.start();
    const handler = ({ path }: { path: string }): { body: string } => ({
      body: `${path}\n`,
    });
    plain = await joined.plainOrigin({ handler });
    secure = await joined.origin({ handler });
  });
  afterAll(() => joined.close());

  function ask(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const request = http.get(
        { host: "127.0.0.1", port: joined.port, path, headers, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text }),
          );
        },
      );
      request.on("error", reject);
    });
  }

  it("absolute-form is forwarded and recorded", async () => {
    const seen = await ask(`http://${HOST}:${plain.port}/a/@v/list?x=1`, {
      host: `${HOST}:${plain.port}`,
      "proxy-authorization": joined.credentials,
    });
    expect(seen).toEqual({ status: 200, text: "/a/@v/list?x=1\n" });
    expect(plain.requests[0]?.authority).toBe(`${HOST}:${plain.port}`);
    expect(plain.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
    const record = await joined.exchangeWhere(({ via }) => via === "forward");
    expect(record).toMatchObject({ scheme: "http", status: 200 });
    expect(record.attempts[0]?.dial?.tls).toBeUndefined();
  });

  it("origin-form learns that this is a proxy, and no page", async () => {
    const seen = await ask("/");
    expect(seen.status).toBe(400);
    expect(seen.text).toMatch(/^gotap: this is a proxy/);
  });

  describe("the GOPROXY front", () => {
    const front = (run: string): string =>
      `/proxy/${run}/https/${HOST}:${secure.port}/example.com/m/@v/list`;

    it("answers for no host before it knows the run's GOPROXY", async () => {
      const seen = await ask(front(joined.run.record.runId));
      expect(seen.status).toBe(403);
      expect(secure.requests).toHaveLength(0);
    });

    it("answers for the hosts of that run's GOPROXY alone", async () => {
      joined.run.bases.learn({
        GOPROXY: `https://${HOST}:${secure.port},direct`,
      });
      const runId = joined.run.record.runId;
      const seen = await ask(front(`run-${runId}`));
      expect(seen).toEqual({ status: 200, text: "/example.com/m/@v/list\n" });
      const record = await joined.exchangeWhere(({ via }) => via === "front");
      expect(record).toMatchObject({ scheme: "https", host: HOST });
      expect((await ask(front("-"))).status).toBe(403);
      const other = `/proxy/${runId}/https/other.test/example.com/m/@v/list`;
      expect((await ask(other)).status).toBe(403);
    });

    it("answers without a run for the daemon's own GOPROXY", async () => {
      joined.gotap.bases.learn({ GOPROXY: `https://${HOST}:${secure.port}` });
      expect((await ask(front("-"))).status).toBe(200);
    });

    it("takes the one slash that go's path.Join leaves", async () => {
      const path = front("-").replace("/https/", "/https:/");
      expect((await ask(path)).status).toBe(200);
    });

    it.skipIf(process.platform !== "linux")(
      "takes the GOPROXY of its client's own environment, which names the front",
      async () => {
        const other = await joined.origin({
          handler: () => ({ body: "mine" }),
        });
        const path = `/proxy/-/https/${HOST}:${other.port}`;
        const address = `http://127.0.0.1:${joined.port}`;
        const script = `require("node:http").get("${address}${path}/example.com/m/@v/list", (r) => { r.on("data", (d) => console.log(r.statusCode, String(d).trim())); })`;
        const said = async (goproxy: string): Promise<string> => {
          const { stdout } = await runChild(process.execPath, ["-e", script], {
            env: { GOPROXY: goproxy },
          });
          return stdout;
        };
        expect(await said("https://goproxy.cn")).toMatch(
          /^403 gotap: goproxy\.test is not in the GOPROXY of this run/,
        );
        expect(other.requests).toHaveLength(0);
        expect(await said(`${address}${path},direct`)).toBe("200 mine\n");
      },
    );

    it.each([
      ["an Origin", { origin: "https://evil.example" }],
      ["a Sec-Fetch field", { "sec-fetch-mode": "no-cors" }],
      ["a name in Host", { host: "localhost:9090" }],
      ["a foreign name in Host", { host: "evil.example" }],
    ])("never answers a request with %s", async (_what, headers) => {
      const before = secure.requests.length;
      expect((await ask(front("-"), headers)).status).toBe(403);
      expect(secure.requests).toHaveLength(before);
    });
  });
});
