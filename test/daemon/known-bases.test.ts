import { describe, expect, it } from "vitest";

import { knownBases } from "../../src/daemon/known-bases.js";

const at = (
  host: string,
  port = 443,
): { scheme: "https"; host: string; port: number } => ({
  scheme: "https",
  host,
  port,
});

describe("knownBases", () => {
  it("serves nothing before it has learned something", () => {
    expect(knownBases().serve(at("goproxy.cn"))).toBe(false);
  });

  it("serves the module proxies of every GOPROXY learned, at their ports", () => {
    const known = knownBases();
    known.learn({
      GOPROXY: "https://goproxy.cn|https://corp.example:8443/go,direct",
    });
    known.learn({ GOPROXY: "https://goproxy.io,off" });
    expect(known.serve(at("goproxy.cn"))).toBe(true);
    expect(known.serve(at("goproxy.cn", 8443))).toBe(false);
    expect(known.serve(at("corp.example", 8443))).toBe(true);
    expect(known.serve(at("goproxy.io"))).toBe(true);
    expect(known.serve(at("direct"))).toBe(false);
  });

  it("knows a checksum database, but the front does not serve it", () => {
    const known = knownBases();
    known.learn({ GOSUMDB: "sum.example+1+key https://sum.example" });
    expect(known.bases).toMatchObject([
      { serves: "checksums", sumdbName: "sum.example" },
    ]);
    expect(known.serve(at("sum.example"))).toBe(false);
  });

  it("learns the same settings once", () => {
    const known = knownBases();
    known.learn({ GOPROXY: "https://goproxy.cn" });
    known.learn({ GOPROXY: "https://goproxy.cn" });
    expect(known.bases).toHaveLength(1);
  });

  it.each([
    "https/goproxy.cn/x",
    "https:/goproxy.cn/x",
    "https://goproxy.cn/x",
  ])(
    "a GOPROXY that leads through the front means the proxy behind it: %s",
    (behind) => {
      const known = knownBases();
      known.learn({
        GOPROXY: `http://127.0.0.1:9090/proxy/-/${behind},direct`,
      });
      expect(known.bases).toMatchObject([
        { serves: "modules", host: "goproxy.cn", port: 443, path: "/x" },
      ]);
      expect(known.serve({ ...at("127.0.0.1", 9090), scheme: "http" })).toBe(
        false,
      );
    },
  );
});
