import { describe, expect, it } from "vitest";

import { classify } from "../../src/classify/classify.js";
import { proxyBases, sumdbBases } from "../../src/classify/proxy-base.js";
import type { Mirror } from "../../src/model/settings.js";
import type { Source } from "../../src/model/source.js";
import type { RoutedRequest } from "../../src/policy/routed-request.js";
import {
  isPrivateRequest,
  mayAnswerSupported,
  type RoutingSettings,
  sourcesFor,
} from "../../src/policy/sources.js";

const GOSUMDB = "sum.example.com+033de0ae+Ac4zct";

interface Scene extends RoutingSettings {
  mirrors?: Mirror[];
  method?: string;
  hasCredentials?: boolean;
}

/** A request as the classifier sees it, for a session with these settings. */
function requestFor(url: string, scene: Scene): RoutedRequest {
  const { host, hostname, pathname, port, protocol, search } = new URL(url);
  const scheme = protocol === "http:" ? "http" : "https";
  const method = scene.method ?? "GET";
  const line = {
    host: hostname,
    port: port === "" ? (scheme === "http" ? 80 : 443) : Number(port),
    scheme,
    target: pathname + search,
  } as const;
  const bases = [
    ...proxyBases([scene.goproxy ?? ""]),
    ...sumdbBases(scene.gosumdb ?? ""),
  ];
  return {
    origin: { scheme: line.scheme, host: line.host, port: line.port },
    target: line.target,
    hostHeader: host,
    info: classify({ ...line, method, bases }),
    hasCredentials: scene.hasCredentials ?? false,
    repeatable: method === "GET" || method === "HEAD",
  };
}

function sources(url: string, scene: Scene): string[] {
  const { mirrors = [], ...rest } = scene;
  const session = { gosumdb: GOSUMDB, ...rest };
  const request = requestFor(url, { ...scene, ...session });
  return sourcesFor(request, { session, mirrors }).map(shown);
}

function shown({ origin, role, target }: Source): string {
  const usual = origin.scheme === "https" && origin.port === 443;
  const place = usual
    ? origin.host
    : `${origin.scheme}://${origin.host}:${origin.port}`;
  return `${role} ${place}${target}`;
}

const ZIP = "/m.example/@v/v1.0.0.zip";
const mirrorOf = (host: string, ...urls: string[]): Mirror => ({
  for: host,
  urls,
});

describe("a module's files", () => {
  it("go to the mirrors of the host, then across | with theirs, in the order of the file", () => {
    expect(
      sources(`https://a.example${ZIP}`, {
        goproxy: "https://a.example|https://b.example/go/,https://c.example",
        mirrors: [
          mirrorOf("b.example", "https://mb.example"),
          mirrorOf("A.example", "https://m1.example/p/", "https://m2.example"),
          mirrorOf("c.example", "https://mc.example"),
        ],
      }),
    ).toEqual([
      `own a.example${ZIP}`,
      `mirror m1.example/p${ZIP}`,
      `mirror m2.example${ZIP}`,
      `chain b.example/go${ZIP}`,
      `mirror mb.example${ZIP}`,
    ]);
  });

  it("go across , to a named mirror alone", () => {
    const goproxy = "https://a.example,https://b.example,direct";
    const mirrors = [mirrorOf("a.example", "https://b.example")];
    expect(sources(`https://a.example${ZIP}`, { goproxy })).toHaveLength(1);
    expect(sources(`https://a.example${ZIP}`, { goproxy, mirrors })).toEqual([
      `own a.example${ZIP}`,
      `mirror b.example${ZIP}`,
    ]);
  });

  it.each([
    "v1.0.0.info",
    "v1.0.0.mod",
    "v0.0.0-20210101000000-abcdef012345.zip",
    "v2.0.0+incompatible.zip",
    "v2.0.0%2Bincompatible.zip",
  ])("%s may go to a mirror", (file) => {
    const found = sources(`https://a.example/m.example/@v/${file}`, {
      goproxy: "https://a.example",
      mirrors: [mirrorOf("a.example", "https://m.example.org")],
    });
    expect(found[1]).toBe(`mirror m.example.org/m.example/@v/${file}`);
  });

  it("a toolchain's too", () => {
    const target = "/golang.org/toolchain/@v/v0.0.1-go1.26.0.linux-amd64.zip";
    const found = sources(`https://a.example${target}`, {
      goproxy: "https://a.example,direct",
      mirrors: [mirrorOf("a.example", "https://b.example")],
    });
    expect(found[1]).toBe(`mirror b.example${target}`);
  });

  it.each([
    "/m.example/@v/list",
    "/m.example/@latest",
    "/m.example/@v/main.info",
    "/m.example/@v/v1.info",
    "/m.example/@v/main.zip",
  ])("%s stays on the chain", (target) => {
    expect(
      sources(`https://a.example${target}`, {
        goproxy: "https://a.example|https://b.example,https://c.example",
        mirrors: [
          mirrorOf("a.example", "https://ma.example"),
          mirrorOf("b.example", "https://mb.example"),
        ],
      }),
    ).toEqual([`own a.example${target}`, `chain b.example${target}`]);
  });

  it("are asked for below another base as go would ask (FACTS G26)", () => {
    const rest = "/github.com/!azure/x/@v/v1.0.0.mod";
    const goproxy =
      "https://a.example/artifactory/api/go/NAME/|https://b.example/p/https://c.example/|http://127.0.0.1:3000";
    const own = `a.example/artifactory/api/go/NAME${rest}`;
    expect(sources(`https://${own}`, { goproxy })).toEqual([
      `own ${own}`,
      `chain b.example/p/https:/c.example${rest}`,
      `chain http://127.0.0.1:3000${rest}`,
    ]);
  });

  it("nobody is asked twice", () => {
    expect(
      sources(`https://a.example${ZIP}`, {
        goproxy: "https://a.example|https://b.example|https://a.example/",
        mirrors: [
          mirrorOf("a.example", "https://b.example/", "https://a.example"),
        ],
      }),
    ).toEqual([`own a.example${ZIP}`, `mirror b.example${ZIP}`]);
  });

  it("a mirror with credentials is none", () => {
    const mirrors = [
      mirrorOf("a.example", "https://u:p@b.example", "https://c.example?t=1"),
    ];
    const goproxy = "https://a.example";
    expect(
      sources(`https://a.example${ZIP}`, { goproxy, mirrors }),
    ).toHaveLength(1);
  });

  it.each<[string, Scene]>([
    ["a private module", { goprivate: "m.example" }],
    ["one of GONOPROXY", { gonoproxy: "m.example" }],
    ["one of GONOSUMDB", { gonosumdb: "m.example" }],
    [
      "a private module that a proxy serves",
      { goprivate: "m.example", gonoproxy: "none" },
    ],
    ["credentials", { hasCredentials: true }],
    ["a POST", { method: "POST" }],
    [
      "a chain without the host that was asked",
      { goproxy: "https://x.example" },
    ],
  ])("%s stays with the host that go named", (_, scene) => {
    expect(
      sources(`https://a.example${ZIP}`, {
        goproxy: "https://a.example|https://b.example",
        mirrors: [mirrorOf("a.example", "https://m.example.org")],
        ...scene,
      }),
    ).toEqual([`own a.example${ZIP}`]);
  });

  it("nobody else is asked as long as the session is not known", () => {
    const mirrors = [mirrorOf("a.example", "https://b.example")];
    const request = requestFor(`https://a.example${ZIP}`, {});
    const found = sourcesFor(request, { session: undefined, mirrors });
    expect(found.map(({ role }) => role)).toEqual(["own"]);
  });

  // What privacy is judged by must be what is asked for.
  it("nobody else is asked for another module than the one that was classified", () => {
    const session = { goproxy: "https://a.example|https://b.example" };
    const request = requestFor(`https://a.example${ZIP}`, session);
    for (const wrong of [
      { modulePath: "x.example" },
      { moduleVersion: "v2.0.0" },
    ]) {
      const info = { ...request.info, ...wrong };
      const found = sourcesFor({ ...request, info }, { session, mirrors: [] });
      expect(found).toHaveLength(1);
    }
  });

  it.each([
    "https://m.example/x?go-get=1",
    "https://a.example/x/info/refs?service=git-upload-pack",
    "https://a.example/ID/GO-2024-0001.json",
    "https://a.example/anything",
  ])("%s has one source", (url) => {
    expect(
      sources(url, {
        goproxy: "https://a.example|https://b.example",
        mirrors: [mirrorOf("a.example", "https://b.example")],
      }),
    ).toHaveLength(1);
  });
});

describe("the checksum database", () => {
  const NAME = "sum.example.com";
  const LOOKUP = "/lookup/m.example@v1.0.0";
  const TILE = "/tile/8/0/x005/123.p/4";
  const SUMDB = `/sumdb/${NAME}`;

  it.each([LOOKUP, TILE])(
    "%s through a proxy may be answered by all of the chain, mirrors and the database",
    (file) => {
      expect(
        sources(`https://b.example${SUMDB}${file}`, {
          goproxy:
            "https://a.example,https://b.example,https://u:p@x.example,https://c.example/go,direct",
          mirrors: [
            mirrorOf("b.example", "https://mb.example"),
            mirrorOf("c.example", "https://mc.example"),
            mirrorOf(NAME, "https://ms.example/db"),
          ],
        }),
      ).toEqual([
        `own b.example${SUMDB}${file}`,
        `mirror mb.example${SUMDB}${file}`,
        `chain c.example/go${SUMDB}${file}`,
        `mirror mc.example${SUMDB}${file}`,
        `chain a.example${SUMDB}${file}`,
        `sumdb ${NAME}${file}`,
        `mirror ms.example/db${file}`,
      ]);
    },
  );

  it("itself is not asked where the chain has no direct", () => {
    const goproxy = "https://a.example,off";
    expect(sources(`https://a.example${SUMDB}${LOOKUP}`, { goproxy })).toEqual([
      `own a.example${SUMDB}${LOOKUP}`,
    ]);
  });

  it.each([LOOKUP, TILE])(
    "%s asked directly may be answered by its mirrors and the chain",
    (file) => {
      expect(
        sources(`https://${NAME}${file}`, {
          goproxy: "https://a.example,https://b.example",
          mirrors: [mirrorOf(NAME, "https://ms.example/")],
        }),
      ).toEqual([
        `own ${NAME}${file}`,
        `mirror ms.example${file}`,
        `chain a.example${SUMDB}${file}`,
        `chain b.example${SUMDB}${file}`,
      ]);
    },
  );

  it("stands where GOSUMDB's URL says", () => {
    const gosumdb = `${GOSUMDB} https://db.example/x/`;
    expect(
      sources(`https://db.example/x${LOOKUP}`, {
        gosumdb,
        goproxy: "https://a.example",
      }),
    ).toEqual([
      `own db.example/x${LOOKUP}`,
      `chain a.example${SUMDB}${LOOKUP}`,
    ]);
    expect(
      sources(`https://a.example${SUMDB}${LOOKUP}`, {
        gosumdb,
        goproxy: "https://a.example,direct",
      })[1],
    ).toBe(`sumdb db.example/x${LOOKUP}`);
  });

  it("latest crosses | alone, and goes to no mirror", () => {
    const mirrors = [
      mirrorOf("a.example", "https://ma.example"),
      mirrorOf(NAME, "https://ms.example"),
    ];
    const goproxy =
      "https://a.example|https://b.example,https://c.example,direct";
    expect(
      sources(`https://a.example${SUMDB}/latest`, { goproxy, mirrors }),
    ).toEqual([
      `own a.example${SUMDB}/latest`,
      `chain b.example${SUMDB}/latest`,
    ]);
    expect(
      sources(`https://${NAME}/latest`, { goproxy, mirrors }),
    ).toHaveLength(1);
  });

  it("supported may be said by all that serve it", () => {
    expect(
      sources(`https://a.example${SUMDB}/supported`, {
        goproxy: "https://a.example,https://b.example,direct",
        mirrors: [
          mirrorOf("a.example", "https://ma.example"),
          mirrorOf(NAME, "https://ms.example"),
        ],
      }),
    ).toEqual([
      `own a.example${SUMDB}/supported`,
      `mirror ma.example${SUMDB}/supported`,
      `chain b.example${SUMDB}/supported`,
    ]);
  });

  it.each<[string, Scene]>([
    ["a private module", { goprivate: "m.example" }],
    ["one of GONOPROXY alone", { gonoproxy: "m.example" }],
    ["no database", { gosumdb: "off" }],
    ["another database than the session's", { gosumdb: "other.example+1+x" }],
    ["credentials", { hasCredentials: true }],
  ])("a look-up of %s stays with the host that go named", (_, scene) => {
    expect(
      sources(`https://a.example${SUMDB}${LOOKUP}`, {
        goproxy: "https://a.example|https://b.example,direct",
        mirrors: [mirrorOf("a.example", "https://m.example.org")],
        ...scene,
      }),
    ).toHaveLength(1);
  });
});

describe("mayAnswerSupported", () => {
  const url = "https://a.example/sumdb/sum.example.com/supported";

  it.each<[string, Scene, boolean]>([
    ["where go may ask the database itself", {}, true],
    ["not without direct", { goproxy: "https://a.example" }, false],
    ["not for another database", { gosumdb: "other.example+1+x" }, false],
    ["not without a database", { gosumdb: "off" }, false],
    [
      "not for a host outside the chain",
      { goproxy: "b.example,direct" },
      false,
    ],
    ["not for credentials", { hasCredentials: true }, false],
  ])("%s", (_, scene, wanted) => {
    const session = {
      goproxy: "https://a.example,direct",
      gosumdb: GOSUMDB,
      ...scene,
    };
    const request = requestFor(url, session);
    expect(mayAnswerSupported(request, { session })).toBe(wanted);
  });

  it("is about nothing else, and not before the session is known", () => {
    const session = { goproxy: "https://a.example,direct", gosumdb: GOSUMDB };
    const latest = requestFor(url.replace("supported", "latest"), session);
    expect(mayAnswerSupported(latest, { session })).toBe(false);
    const request = requestFor(url, session);
    expect(mayAnswerSupported(request, { session: undefined })).toBe(false);
  });
});

describe("isPrivateRequest", () => {
  it("asks for the module or repository that a request names", () => {
    const settings = { goprivate: "*.corp.example" };
    const info = requestFor("https://git.corp.example/a/b?go-get=1", {}).info;
    expect(isPrivateRequest(info, settings)).toBe(true);
    expect(isPrivateRequest({ modulePath: "x.example" }, settings)).toBe(false);
    expect(isPrivateRequest({}, settings)).toBe(false);
  });
});
