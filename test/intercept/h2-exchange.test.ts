import http2 from "node:http2";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { ClientRequest } from "../../src/model/client.js";
import { waitFor } from "../support/wait-for.js";
import { echo, h2Get, h2Through, type Rig, startRig } from "./rig.js";

let rig: Rig;
let session: http2.ClientHttp2Session;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());
beforeEach(async () => {
  rig.onRequest = echo;
  rig.requests.length = 0;
  session = await h2Through(rig);
  return () => {
    session.destroy();
  };
});

const bytes = (text: string): Buffer => Buffer.from(text);

describe("an HTTP/2 answer", () => {
  it("without a length ends cleanly", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [] });
      response.sink.write(bytes("all"));
      response.sink.end();
    };
    const answer = await h2Get(session, { ":path": "/" });
    expect(answer).toMatchObject({ status: 200, body: "all", rstCode: 0 });
  });

  it.each([
    ["a reset of the relay", undefined, 2],
    ["a body shorter than its length", 10, 2],
  ])("%s is RST_STREAM, never an end", async (_name, contentLength, code) => {
    rig.onRequest = ({ response }) => {
      response.head({
        status: 200,
        headers: [],
        ...(contentLength === undefined ? {} : { contentLength }),
      });
      response.sink.write(bytes("half"));
      setTimeout(() => {
        if (contentLength === undefined)
          response.sink.reset({ kind: "truncated" });
        else response.sink.end();
      }, 20);
    };
    let ended = false;
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    stream.resume();
    const frames: string[] = [];
    stream.on("end", () => {
      ended = !stream.closed;
    });
    stream.on("data", (chunk: Buffer) => frames.push(chunk.toString()));
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.rstCode).toBe(code);
    expect(ended).toBe(false);
    expect(frames.join("")).toBe("half");
  });

  it("longer than its length is cut before the surplus", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [], contentLength: 4 });
      response.sink.write(bytes("half"));
      response.sink.write(bytes("more"));
      response.sink.end();
    };
    const answer = await h2Get(session, { ":path": "/" });
    expect(answer).toMatchObject({ rstCode: 2 });
    expect(answer.body).not.toContain("more");
  });

  it.each(["write", "end"] as const)(
    "is never a 200 that nobody gave: %s without a head",
    async (what) => {
      rig.onRequest = ({ response }) => {
        response.sink[what](bytes("x") as never);
      };
      const answer = await h2Get(session, { ":path": "/" });
      expect(answer).toMatchObject({ status: 0, rstCode: 2 });
    },
  );

  it("that is broken before its head has no head", async () => {
    rig.onRequest = ({ response }) => {
      response.sink.reset({ kind: "internal" });
    };
    const answer = await h2Get(session, { ":path": "/" });
    expect(answer).toMatchObject({ status: 0, rstCode: 2 });
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])(
    "%s with %i has no body, and its length stands",
    async (method, status) => {
      rig.onRequest = ({ response }) => {
        response.head({
          status,
          headers: status === 204 ? [] : [["Content-Length", "1234"]],
          ...(status === 204 ? {} : { contentLength: 1234 }),
        });
        response.sink.end();
      };
      const answer = await h2Get(session, { ":path": "/", ":method": method });
      expect(answer).toMatchObject({ status, body: "", rstCode: 0 });
      expect(answer.headers["content-length"]).toBe(
        status === 204 ? undefined : "1234",
      );
    },
  );

  it("passes early hints and announced trailers on", async () => {
    rig.onRequest = ({ response }) => {
      response.informational({ status: 103, headers: [["Link", "</a>"]] });
      response.head({ status: 200, headers: [["Trailer", "X-Sum"]] });
      response.sink.write(bytes("body"));
      response.sink.end([["X-Sum", "7"]]);
    };
    const hints: unknown[] = [];
    const stream = session.request({ ":path": "/" });
    stream.on("headers", (got) => hints.push(got[":status"], got["link"]));
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on("trailers", (got) => {
      trailers = got;
    });
    stream.resume();
    await new Promise((resolve) => stream.once("close", resolve));
    expect(hints).toEqual([103, "</a>"]);
    expect(trailers).toMatchObject({ "x-sum": "7" });
    expect(stream.rstCode).toBe(0);
  });

  it("announces trailers that never come, and still ends", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [["Trailer", "X-Sum"]] });
      response.sink.end();
    };
    const answer = await h2Get(session, { ":path": "/" });
    expect(answer).toMatchObject({ status: 200, rstCode: 0 });
  });

  it("may repeat fields that node:http2 wants once", async () => {
    rig.onRequest = ({ response }) => {
      response.head({
        status: 200,
        headers: [
          ["Set-Cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["Content-Type", "text/plain"],
          ["content-type", "text/html"],
          ["Via", "1.1 a"],
          ["Via", "1.1 b"],
        ],
      });
      response.sink.end();
    };
    const { headers } = await h2Get(session, { ":path": "/" });
    expect(headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(headers["content-type"]).toBe("text/plain");
    expect(headers.via).toContain("1.1 a");
  });

  it("holds the writer back while the client does not read", async () => {
    let accepted = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const size = 64 * chunk.length * 4;
    rig.onRequest = ({ response }) => {
      const { sink } = response;
      response.head({ status: 200, headers: [] });
      const more = (): void => {
        while (accepted < size) {
          accepted += chunk.length;
          if (!sink.write(chunk)) return;
        }
        sink.end();
      };
      sink.onDrain(more);
      more();
    };
    const stream = session.request({ ":path": "/" });
    stream.pause();
    await waitFor("the writer to stop", () => accepted > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(accepted).toBeLessThan(2 * 1024 * 1024);
    let got = 0;
    stream.on("data", (data: Buffer) => {
      got += data.length;
    });
    stream.resume();
    await new Promise((resolve) => stream.once("close", resolve));
    expect(got).toBe(size);
  });
});

describe("an HTTP/2 request", () => {
  it("has its fields, without Host and pseudo-fields, and no body", async () => {
    await h2Get(session, {
      ":path": "/m/@v/list",
      "user-agent": "Go-http-client/2.0",
      "accept-encoding": "gzip",
    });
    const [request] = rig.requests;
    expect(request).toMatchObject({
      via: "connect",
      protocol: "2",
      method: "GET",
      target: "/m/@v/list",
      hostHeader: "example.com:443",
      headers: [
        ["user-agent", "Go-http-client/2.0"],
        ["accept-encoding", "gzip"],
      ],
      connection: { userAgent: "Go-http-client/2.0" },
    });
    expect(request?.body).toBeUndefined();
  });

  it("hands its body and trailers over, and says when it was cut", async () => {
    const told: unknown[] = [];
    rig.onRequest = (request) => {
      readBody(request, told);
    };
    await h2Get(session, { ":path": "/", ":method": "POST" }, "wants");
    expect(told).toEqual(["wants", "end"]);

    told.length = 0;
    const cut = session.request({ ":path": "/", ":method": "POST" });
    cut.on("error", () => {});
    cut.write("wan");
    await waitFor("the first bytes", () => told.length === 1);
    // RST_STREAM(NO_ERROR): close() would send END_STREAM before it.
    cut.destroy();
    await waitFor("the failure", () => told.length === 2);
    expect(told).toEqual(["wan", "client-gone"]);
  });

  it("gets 100 when somebody wants its body, once", async () => {
    const told: unknown[] = [];
    rig.onRequest = (request) => {
      expect(request.headers).toEqual([]);
      request.response.informational({ status: 100, headers: [] });
      readBody(request, told);
    };
    let continued = 0;
    const stream = session.request(
      { ":path": "/", ":method": "POST", expect: "100-continue" },
      { endStream: false },
    );
    stream.on("continue", () => {
      continued++;
      stream.end("wants");
    });
    stream.resume();
    await new Promise((resolve) => stream.once("close", resolve));
    expect(continued).toBe(1);
    expect(told).toEqual(["wants", "end"]);
  });

  it("is answered before its body is whole", async () => {
    rig.onRequest = (request) => {
      request.body?.cancel();
      echo(request);
    };
    const stream = session.request({ ":path": "/", ":method": "POST" });
    stream.write("never ending");
    stream.on("error", () => {});
    stream.resume();
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.rstCode).toBe(0);
    expect((await h2Get(session, { ":path": "/" })).status).toBe(200);
  });

  it.each(["before the head", "in the body", "with the whole session"])(
    "of a client that goes away %s says so once",
    async (when) => {
      let gone = 0;
      rig.onRequest = ({ response }) => {
        response.onGone(() => {
          gone++;
        });
        if (when !== "in the body") return;
        response.head({ status: 200, headers: [] });
        response.sink.write(bytes("half"));
      };
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      await waitFor("the request", () => rig.requests.length === 1);
      if (when === "with the whole session") session.destroy();
      else stream.close(http2.constants.NGHTTP2_CANCEL);
      await waitFor("the news", () => gone > 0);
      const [request] = rig.requests;
      request?.response.head({ status: 200, headers: [] });
      request?.response.sink.write(bytes("late"));
      request?.response.sink.end();
      request?.response.sink.reset({ kind: "client-gone" });
      expect(gone).toBe(1);
    },
  );

  it("for another host than the CONNECT's gets 421, and GOAWAY", async () => {
    const goaway = new Promise((resolve) => session.once("goaway", resolve));
    const answer = await h2Get(session, {
      ":path": "/",
      ":authority": "other.example",
    });
    expect(answer.status).toBe(421);
    expect(answer.body).toMatch(/^gotap: request refused: .*CONNECT/);
    await goaway;
    expect(rig.requests).toEqual([]);
  });
});

function readBody(request: ClientRequest, told: unknown[]): void {
  request.body?.start({
    data: (chunk) => told.push(Buffer.from(chunk).toString()),
    end: () => {
      told.push("end");
      echo(request);
    },
    failed: ({ kind }) => told.push(kind),
  });
}
