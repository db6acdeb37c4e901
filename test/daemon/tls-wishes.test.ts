import { beforeEach, describe, expect, it } from "vitest";

import type { GitClient } from "../../src/daemon/git-client.js";
import type { Identity } from "../../src/daemon/identity.js";
import { TlsWishes, type Wisher } from "../../src/daemon/tls-wishes.js";
import type {
  ClientConnection,
  ClientRequest,
} from "../../src/model/client.js";
import type { Failure } from "../../src/model/failure.js";
import { SILENT } from "../../src/model/log.js";
import type { RequestInfo } from "../../src/model/request-kind.js";
import type { TargetTrust } from "../../src/model/upstream.js";

const ORIGIN = { scheme: "https" as const, host: "corp.example", port: 443 };
const REFUSED: Failure = { kind: "connect-refused", phase: "connect" };
const INSECURE: TargetTrust = { insecure: true, setBy: "git" };

describe("TlsWishes", () => {
  let checked: TargetTrust[];
  let failure: Failure | undefined;
  let lines: string[];
  let git: GitClient;
  let identified: number;
  let asked: number;
  let connection: ClientConnection;

  beforeEach(() => {
    checked = [];
    failure = undefined;
    lines = [];
    identified = 0;
    asked = 0;
    git = {
      clientCertificateAt: () => undefined,
      trustFor: () => undefined,
    };
    connection = {
      id: 1,
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      localPort: 2,
      openedAtMs: 0,
    };
  });

  const wishes = (): TlsWishes =>
    new TlsWishes({
      log: { ...SILENT, notice: (_key, text) => void lines.push(text) },
      git: { look: async () => git },
      check: async (_connection, _origin, trust) => {
        checked.push(trust);
        return { failure, way: "direct" };
      },
    });
  const wisher = (more: Partial<Wisher> = {}): Wisher => ({
    connection,
    origin: ORIGIN,
    program: "go",
    runInsecure: "",
    identity: async () => {
      asked += 1;
      return identityWith({});
    },
    identify: () => {
      identified += 1;
    },
    ...more,
  });
  const identityWith = (environ: Record<string, string>): Identity => ({
    process: {
      pid: 1,
      ppid: 0,
      startTicks: 1,
      comm: "go",
      argv: [],
      uid: 1,
      cwd: "/",
    },
    chain: [],
    environ: { GOENV: "off", GOROOT: "/nowhere", ...environ },
  });
  const request = (
    path = "/team/lib?go-get=1",
    protocol: ClientRequest["protocol"] = "1.1",
  ) => ({ connection, origin: ORIGIN, protocol, target: path });
  const goGet = (modulePath: string): RequestInfo => ({
    kind: "go-get",
    template: "",
    modulePath,
  });

  it("without GOINSECURE nobody is asked and nothing is dialled", async () => {
    expect(await wishes().admit(wisher())).toEqual({ action: "open" });
    expect([asked, identified, checked]).toEqual([0, 0, []]);
  });

  it("a host that GOINSECURE names is dialled first", async () => {
    const door = wishes();
    const named = wisher({ runInsecure: "x.example,corp.example/team" });
    expect(await door.admit(named)).toEqual({ action: "open" });
    expect(checked).toEqual([
      { insecure: true, setBy: "GOINSECURE=corp.example/team" },
    ]);
    expect(identified).toBe(1);
    failure = REFUSED;
    expect(await door.admit(named)).toEqual({
      action: "refuse",
      status: 502,
      text: expect.stringMatching(/^gotap: corp\.example refused/) as string,
    });
  });

  it("without a run the client's own environment counts", async () => {
    await wishes().admit(
      wisher({
        runInsecure: undefined,
        identity: async () => identityWith({ GOINSECURE: "*.example" }),
      }),
    );
    expect(checked).toEqual([
      { insecure: true, setBy: "GOINSECURE=*.example" },
    ]);
  });

  it.each([
    ["corp.example/team/lib", "1.1", true],
    // go's other client, which looks at certificates, speaks HTTP/2.
    ["corp.example/team/lib", "2", false],
    ["corp.example/other", "1.1", false],
  ] as const)(
    "go asks for %s over %s: insecure %s",
    async (path, protocol, is) => {
      const door = wishes();
      await door.admit(wisher({ runInsecure: "corp.example/team" }));
      const trust = door.trustFor(request("/", protocol), goGet(path));
      expect(trust).toEqual(
        is
          ? { insecure: true, setBy: "GOINSECURE=corp.example/team" }
          : undefined,
      );
      expect(lines).toHaveLength(is ? 1 : 0);
    },
  );

  it("only for ?go-get=1: GOINSECURE says nothing of a module proxy", async () => {
    const door = wishes();
    await door.admit(wisher({ runInsecure: "corp.example" }));
    const zip: RequestInfo = {
      kind: "zip",
      template: "",
      modulePath: "corp.example/lib",
    };
    expect(door.trustFor(request(), zip)).toBeUndefined();
  });

  it("the session's own settings count where the run's had none", async () => {
    const door = wishes();
    await door.admit(wisher());
    const info = goGet("corp.example/lib");
    expect(door.trustFor(request(), info)).toBeUndefined();
    expect(
      door.trustFor(request(), info, { GOINSECURE: "corp.example" }),
    ).toMatchObject({ insecure: true });
  });

  it("git: its settings for the very URL", async () => {
    const urls: string[] = [];
    git.trustFor = (url) => {
      urls.push(url);
      return INSECURE;
    };
    const door = wishes();
    expect(await door.admit(wisher({ program: "git" }))).toEqual({
      action: "open",
    });
    const info: RequestInfo = { kind: "git-refs", template: "" };
    expect(door.trustFor(request("/lib.git/info/refs"), info)).toBe(INSECURE);
    expect(urls).toEqual(["https://corp.example:443/lib.git/info/refs"]);
    expect(lines).toEqual([
      "git: the certificate of corp.example is not verified",
    ]);
    expect(checked).toEqual([]);
  });

  it("git with a certificate of its own is tunnelled", async () => {
    git.clientCertificateAt = () => "GIT_SSL_CERT";
    expect(await wishes().admit(wisher({ program: "git" }))).toMatchObject({
      action: "tunnel",
      reason: expect.stringContaining("GIT_SSL_CERT") as string,
    });
  });

  it("git whose process cannot be found is opened and verified", async () => {
    git.trustFor = () => INSECURE;
    const door = wishes();
    const lost = wisher({ program: "git", identity: async () => undefined });
    expect(await door.admit(lost)).toEqual({ action: "open" });
    const info: RequestInfo = { kind: "git-refs", template: "" };
    expect(door.trustFor(request(), info)).toBeUndefined();
  });
});
