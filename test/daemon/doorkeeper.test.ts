import { startClientLookup } from "../../src/evidence/client-lookup.js";
import { beforeEach, describe, expect, it } from "vitest";

import { loadSettings } from "../../src/config/load-settings.js";
import { Doorkeeper } from "../../src/daemon/doorkeeper.js";
import { type Run, RunBook } from "../../src/daemon/run-book.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import type { Wisher } from "../../src/daemon/tls-wishes.js";
import type {
  Admission,
  Arrival,
  ClientConnection,
} from "../../src/model/client.js";
import { SILENT } from "../../src/model/log.js";
import { FakeClock } from "../support/fake-clock.js";

const GO = "Go-http-client/1.1";
const ORIGIN = { scheme: "https" as const, host: "goproxy.cn", port: 443 };
const { settings } = loadSettings({
  env: { GOTAP_HOME: "/nowhere/gotap" },
  cwd: "/nowhere",
});

describe("Doorkeeper", () => {
  let clock: FakeClock;
  let book: RunBook;
  let run: Run;
  let told: (Run | undefined)[];
  let lines: string[];
  let wishers: Wisher[];
  let refusing: Admission | undefined;

  beforeEach(() => {
    clock = new FakeClock();
    book = new RunBook(clock, wayOutOf({}));
    run = book.begin({ command: [], cwd: "/", pid: 1, intercept: true });
    told = [];
    lines = [];
    wishers = [];
    refusing = undefined;
  });

  const keeper = (remoteToken?: string): Doorkeeper =>
    new Doorkeeper({
      clock,
      log: { ...SILENT, notice: (_key, text) => void lines.push(text) },
      settings,
      lookup: startClientLookup(),
      uid: 1000,
      fingerprint256: "AA:BB",
      systemStoreTrusts: false,
      remoteToken,
      wishes: {
        admit: async (wisher) => {
          wishers.push(wisher);
          return refusing ?? { action: "open" };
        },
      },
      runOf: ({ runId }) => book.get(runId),
      fronted() {},
      identified: (_connection, of) => void told.push(of),
    });

  // A socket that the kernel does not know: its user and its process stay unknown.
  const arrival = (
    more: Partial<ClientConnection> = {},
    credentials?: Arrival["credentials"],
  ): Arrival => ({
    connection: {
      id: 1,
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      localPort: 2,
      openedAtMs: 0,
      userAgent: GO,
      ...more,
    },
    via: "connect",
    origin: ORIGIN,
    ...(credentials === undefined ? {} : { credentials }),
  });
  const ofRun = (password = run.token, userAgent = GO): Arrival =>
    arrival(
      { runId: run.record.runId, userAgent },
      { username: `run-${run.record.runId}`, password },
    );

  it("opens go of a run", async () => {
    const door = keeper();
    const came = ofRun();
    expect(await door.admit(came)).toEqual({ action: "open" });
    expect(door.clearance(came.connection)).toBe(true);
    await door.settled();
    expect(told).toEqual([]);
    // With its first request, and once.
    door.identify(came.connection);
    door.identify(came.connection);
    await door.settled();
    expect(told).toEqual([run]);
  });

  it("a run's id with a wrong token is no run's", async () => {
    const came = ofRun("guessed");
    expect(await keeper().admit(came)).toMatchObject({ action: "tunnel" });
    expect(came.connection).not.toHaveProperty("runId");
  });

  it("tunnels what is not go's, with one line for each kind of client", async () => {
    const door = keeper();
    const first = await door.admit(ofRun(run.token, "curl/8.0"));
    expect(first).toMatchObject({
      action: "tunnel",
      reason: expect.stringMatching(/^another program/),
    });
    expect(lines[0]).toMatch(/^curl\/8\.0 to goproxy\.cn is tunnelled: /);
  });

  it("tunnels all of a run that is not intercepted", async () => {
    run = book.begin({ command: [], cwd: "/", pid: 1, intercept: false });
    expect(await keeper().admit(ofRun())).toMatchObject({ action: "tunnel" });
  });

  it("go without a run whose environment cannot be read is tunnelled", async () => {
    expect(await keeper().admit(arrival())).toMatchObject({ action: "tunnel" });
  });

  it("tunnels for 10 minutes who has refused our certificate, for that host", async () => {
    const door = keeper();
    door.refused(ofRun().connection, ORIGIN, "bad certificate");
    expect(lines[0]).toMatch(/refused gotap's certificate for goproxy\.cn/);
    expect(await door.admit(ofRun())).toMatchObject({ action: "tunnel" });
    const other = { ...ofRun(), origin: { ...ORIGIN, host: "goproxy.io" } };
    expect(await door.admit(other)).toEqual({ action: "open" });
    clock.advance(601_000);
    expect(await door.admit(ofRun())).toEqual({ action: "open" });
  });

  it("another machine needs the token, also where it has a run's", async () => {
    const far = { remoteAddress: "192.0.2.7" };
    const door = keeper("secret");
    expect(await door.admit(arrival(far))).toMatchObject({ status: 407 });
    const wrong = { username: "gotap", password: "guess" };
    expect(await door.admit(arrival(far, wrong))).toMatchObject({
      status: 407,
    });
    const right = { username: "gotap", password: "secret" };
    expect(await door.admit(arrival(far, right))).not.toHaveProperty("status");
  });

  it("without a token nobody from another machine is let in", async () => {
    const far = { remoteAddress: "192.0.2.7" };
    expect(await keeper().admit(arrival(far))).toMatchObject({ status: 407 });
  });

  it("what would be opened is asked for its own TLS settings, and they have the last word", async () => {
    run = book.begin({
      command: [],
      cwd: "/",
      pid: 1,
      intercept: true,
      goInsecure: "corp.example",
    });
    const came = ofRun(run.token, "git/2.39");
    refusing = { action: "tunnel", reason: "a certificate of its own" };
    expect(await keeper().admit(came)).toBe(refusing);
    expect(wishers).toMatchObject([
      { program: "git", runInsecure: "corp.example", origin: ORIGIN },
    ]);
    wishers[0]?.identify();
    expect(await keeper().admit(ofRun(run.token, "curl/8"))).toMatchObject({
      reason: expect.stringMatching(/^another program/) as string,
    });
    expect(wishers).toHaveLength(1);
  });
});
