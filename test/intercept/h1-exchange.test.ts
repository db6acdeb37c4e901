import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { ClientRequest } from "../../src/model/client.js";
import { waitFor } from "../support/wait-for.js";
import { dial, echo, h1Through, type Rig, startRig, type Wire } from "./rig.js";

let rig: Rig;
let wire: Wire;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());
beforeEach(async () => {
  rig.onRequest = echo;
  rig.requests.length = 0;
  wire = await h1Through(rig);
  return () => {
    wire.socket.destroy();
  };
});

const bytes = (text: string): Buffer => Buffer.from(text);
const GET = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
const bodyOf = (text: string): string =>
  text.slice(text.indexOf("\r\n\r\n") + 4);

function halfThenReset({ response }: ClientRequest): void {
  response.sink.write(bytes("half"));
  setTimeout(() => {
    response.sink.reset({ kind: "truncated" });
  }, 20);
}

describe("an HTTP/1 answer", () => {
  it("without a length is chunked, keeps the case of its fields, and the connection", async () => {
    rig.onRequest = ({ response }) => {
      response.head({
        status: 200,
        headers: [
          ["X-CaSe", "a"],
          ["x-case", "b"],
        ],
      });
      response.sink.write(bytes("all"));
      response.sink.end();
    };
    wire.send(GET + GET);
    const one =
      "HTTP/1.1 200 OK\r\nX-CaSe: a\r\nx-case: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n\r\n";
    expect(await wire.until(one + one)).toBe(one + one);
  });

  it("sends its head without waiting for the body", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [], contentLength: 3 });
    };
    wire.send(GET);
    expect(await wire.until("\r\n\r\n")).toContain("Content-Length: 3");
    rig.requests[0]?.response.sink.write(bytes("all"));
    rig.requests[0]?.response.sink.end();
    await wire.until("all");
  });

  it.each(["write", "end"] as const)(
    "is never a 200 that nobody gave: %s without a head",
    async (what) => {
      rig.onRequest = ({ response }) => {
        response.sink[what](bytes("x") as never);
      };
      wire.send(GET);
      expect(await wire.whenClosed()).toBe("");
    },
  );

  it("that is reset has no last chunk", async () => {
    rig.onRequest = (request) => {
      request.response.head({ status: 200, headers: [] });
      halfThenReset(request);
    };
    wire.send(GET);
    expect(bodyOf(await wire.whenClosed())).toBe("4\r\nhalf\r\n");
  });

  it("that is reset is short of its length", async () => {
    rig.onRequest = (request) => {
      request.response.head({ status: 200, headers: [], contentLength: 9 });
      halfThenReset(request);
    };
    wire.send(GET);
    expect(bodyOf(await wire.whenClosed())).toBe("half");
  });

  it("that ends short of its length is broken, not ended", async () => {
    rig.onRequest = ({ response }) => {
      response.head({ status: 200, headers: [], contentLength: 9 });
      response.sink.write(bytes("half"));
      setTimeout(() => {
        response.sink.end();
      }, 20);
    };
    wire.send(GET + GET);
    expect(bodyOf(await wire.whenClosed())).toBe("half");
  });

  it("that only the connection's end would end is reset as TCP", async () => {
    rig.onRequest = (request) => {
      request.response.head({ status: 200, headers: [] });
      halfThenReset(request);
    };
    const plain = await dial(rig.port);
    plain.send("GET http://a.example/ HTTP/1.0\r\nHost: a.example\r\n\r\n");
    const text = await plain.whenClosed();
    expect(text).toContain("half");
    expect(text).not.toContain("chunked");
    expect(plain.error).toBe("ECONNRESET");
  });

  it("to HTTP/1.0 ends with the connection", async () => {
    rig.onRequest = ({ response }) => {
      response.informational({ status: 103, headers: [] });
      response.head({ status: 200, headers: [] });
      response.sink.write(bytes("all"));
      response.sink.end();
    };
    wire.send(
      "GET / HTTP/1.0\r\nHost: example.com\r\nConnection: keep-alive\r\n\r\n",
    );
    expect(await wire.whenClosed()).toBe(
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall",
    );
    expect(wire.error).toBeUndefined();
  });

  it.each([
    ["HEAD", 200],
    ["GET", 304],
  ])(
    "%s with %i has no body, and its length stands",
    async (method, status) => {
      rig.onRequest = ({ response }) => {
        response.head({
          status,
          headers: [["Content-Length", "1234"]],
          contentLength: 1234,
        });
        response.sink.write(bytes("never sent"));
        response.sink.end();
      };
      const request = `${method} / HTTP/1.1\r\nHost: example.com\r\n\r\n`;
      wire.send(request + request);
      const text = await wire.until(/(1234\r\n\r\n[^]*){2}/);
      expect(text).not.toContain("never");
    },
  );

  it("passes early hints and trailers on", async () => {
    rig.onRequest = ({ response }) => {
      response.informational({ status: 103, headers: [["Link", "</a>"]] });
      response.head({ status: 200, headers: [["Trailer", "X-Sum"]] });
      response.sink.write(bytes("b"));
      response.sink.end([["X-Sum", "7"]]);
    };
    wire.send(GET);
    expect(await wire.until("X-Sum: 7\r\n\r\n")).toBe(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
        "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" +
        "1\r\nb\r\n0\r\nX-Sum: 7\r\n\r\n",
    );
  });

  it("with a length drops a Trailer field it has no place for", async () => {
    rig.onRequest = ({ response }) => {
      response.head({
        status: 200,
        headers: [["Trailer", "X-Sum"]],
        contentLength: 1,
      });
      response.sink.write(bytes("b"));
      response.sink.end([["X-Sum", "7"]]);
    };
    wire.send(GET);
    expect(await wire.until("\r\n\r\nb")).not.toContain("Trailer");
  });

  it("says close where the client asked for it", async () => {
    wire.send(
      "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    );
    expect(await wire.whenClosed()).toContain("Connection: close\r\n");
  });

  it("holds the writer back while the client does not read", async () => {
    let accepted = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const size = 512 * chunk.length;
    rig.onRequest = ({ response }) => {
      const { sink } = response;
      response.head({ status: 200, headers: [], contentLength: size });
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
    wire.socket.pause();
    wire.send(GET);
    await waitFor("the writer to stop", () => accepted > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(accepted).toBeLessThan(size / 2);
    wire.socket.resume();
    await waitFor("all bytes", () => bodyOf(wire.text).length === size);
  });
});

describe("an HTTP/1 request", () => {
  it("has its fields in order and case, without Host and hop-by-hop", async () => {
    wire.send(
      "GET /p?q HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: git/2\r\nX-CaSe: a\r\nConnection: X-Hop\r\nX-Hop: 1\r\nx-case: b\r\n\r\n",
    );
    await wire.until("/p?q\n");
    expect(rig.requests[0]).toMatchObject({
      via: "connect",
      protocol: "1.1",
      method: "GET",
      target: "/p?q",
      hostHeader: "example.com:443",
      headers: [
        ["User-Agent", "git/2"],
        ["X-CaSe", "a"],
        ["x-case", "b"],
      ],
      connection: { userAgent: "git/2" },
    });
    expect(rig.requests[0]?.body).toBeUndefined();
  });

  it("are answered in order when they were pipelined", async () => {
    const late: ClientRequest[] = [];
    rig.onRequest = (request) => {
      late.unshift(request);
      if (late.length === 3) for (const one of late) echo(one);
    };
    wire.send(
      ["/1", "/2", "/3"].map((path) => GET.replace("/ ", `${path} `)).join(""),
    );
    const text = await wire.until("/3\n");
    expect(text.match(/443\/\d/g)).toEqual(["443/1", "443/2", "443/3"]);
  });

  it("hands a chunked body and its trailers over", async () => {
    const told: unknown[] = [];
    rig.onRequest = (request) => {
      request.body?.start({
        data: (chunk) => told.push(Buffer.from(chunk).toString()),
        end: (trailers) => {
          told.push(trailers);
          echo(request);
        },
        failed: ({ kind }) => told.push(kind),
      });
    };
    wire.send(
      "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
    );
    await wire.until("443/\n");
    expect(told).toEqual(["abc", [["X-T", "1"]]]);
  });

  it("says that its body was cut", async () => {
    const told: unknown[] = [];
    rig.onRequest = ({ body, response }) => {
      response.onGone(() => told.push("gone"));
      body?.start({
        data: (chunk) => told.push(Buffer.from(chunk).toString()),
        end: () => told.push("end"),
        failed: ({ kind }) => told.push(kind),
      });
    };
    wire.send(
      "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 9\r\n\r\nabc",
    );
    await waitFor("the first bytes", () => told.length === 1);
    wire.socket.end();
    await waitFor("both", () => told.length === 3);
    expect(new Set(told)).toEqual(new Set(["abc", "client-gone", "gone"]));
  });

  it("gets 100 when somebody wants its body", async () => {
    rig.onRequest = (request) => {
      const { body } = request;
      if (body === undefined) echo(request);
      body?.start({
        data: () => {},
        end: () => {
          echo(request);
        },
        failed: () => {},
      });
    };
    wire.send(
      "POST / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    );
    await wire.until("HTTP/1.1 100 Continue\r\n\r\n");
    wire.send("abc");
    await wire.until("443/\n");
    expect(rig.requests[0]?.headers).toEqual([["Content-Length", "3"]]);
    wire.send(GET);
    await wire.until(/(443\/\n[^]*){2}/);
  });

  it("that nobody reads is answered without 100, and the connection closes", async () => {
    rig.onRequest = (request) => {
      request.body?.cancel();
      echo(request);
    };
    wire.send(
      "POST / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    );
    expect(await wire.whenClosed()).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it.each(["before the head", "in the body", "by FIN"])(
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
      wire.send(GET);
      await waitFor("the request", () => rig.requests.length === 1);
      if (when === "by FIN") wire.socket.end();
      else wire.socket.destroy();
      await waitFor("the news", () => gone > 0);
      const [request] = rig.requests;
      request?.response.head({ status: 200, headers: [] });
      request?.response.sink.write(bytes("late"));
      request?.response.sink.end();
      request?.response.sink.reset({ kind: "client-gone" });
      expect(gone).toBe(1);
    },
  );

  it("for another host than the CONNECT's gets 421, and the connection closes", async () => {
    wire.send(`GET / HTTP/1.1\r\nHost: other.example\r\n\r\n${GET}`);
    const text = await wire.whenClosed();
    expect(text).toMatch(/^HTTP\/1.1 421 /);
    expect(text.match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(rig.requests).toEqual([]);
  });
});
