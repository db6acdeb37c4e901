import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Authority, loadAuthority } from "../../certs/authority.js";
import { foldersOf, type Folders } from "../../src/config/folders.js";
import { loadSettings } from "../../src/config/load-settings.js";
import { type Gotap, startGotap } from "../../src/daemon/gotap.js";
import type { Run } from "../../src/daemon/run-book.js";
import { systemClock } from "../../src/daemon/system-clock.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import type { Log } from "../../src/model/log.js";
import type { ExchangeRecord } from "../../src/model/record.js";
import type { Span } from "../../src/model/span.js";
import { spansOf } from "../../src/span/trace.js";
import {
  type Origin,
  type OriginOptions,
  startOrigin,
} from "../support/origin.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";

/** The name of every origin; gotap leads it to 127.0.0.1. */
export const HOST = "goproxy.test";

export interface JoinedOptions {
  /** TOML before the tables `[resolve]` and `[tls]`. */
  toml?: string;
  /** More names, to an address each. */
  resolve?: Record<string, string>;
  /** False: origins' certificates do not verify. */
  trusts?: boolean;
  /** Of the daemon's process. */
  env?: (folders: Folders) => NodeJS.ProcessEnv;
  /** False: everything of the run is tunnelled. */
  intercept?: boolean;
  /** GOINSECURE of the run. */
  goInsecure?: string;
  /** Told where the files will be, before anything is there. */
  before?: (folders: Folders) => void;
}

/** The whole proxy in this process, with folders of its own, one run, and origins that it trusts. */
export class Joined {
  readonly #undo: (() => unknown)[] = [];

  private constructor(
    readonly gotap: Gotap,
    readonly run: Run,
    /** gotap's own CA. */
    readonly certificates: Authority,
    readonly folders: Folders,
    /** Signs the origins' certificates. */
    readonly authority: TestAuthority,
    /** What gotap told its operator. */
    readonly lines: string[],
  ) {}

  static async start(options: JoinedOptions = {}): Promise<Joined> {
    const home = makeFolder("joined");
    const signer = makeTestAuthority();
    const folders = foldersOf({ GOTAP_HOME: home });
    const env = { GOTAP_HOME: home, ...options.env?.(folders) };
    options.before?.(folders);
    const configFile = join(home, "gotap-test.toml");
    writeFileSync(configFile, tomlOf(options, signer));
    const { settings } = loadSettings({ env, cwd: home, configFile });
    const lines: string[] = [];
    const authority = await loadAuthority(folders.caDir);
    const gotap = await startGotap({
      settings,
      folders,
      authority,
      listen: { host: "127.0.0.1", port: 0 },
      env,
      wayOut: wayOutOf({}),
      clock: systemClock,
      log: logInto(lines),
    });
    const run = gotap.beginRun({
      command: ["go", "mod", "download"],
      cwd: home,
      pid: process.pid,
      intercept: options.intercept ?? true,
      goInsecure: options.goInsecure,
    });
    const joined = new Joined(gotap, run, authority, folders, signer, lines);
    joined.#undo.push(
      () => removeFolder(home),
      () => signer.remove(),
      () => gotap.stop(0),
    );
    return joined;
  }

  /** gotap's own CA, as PEM. */
  get ca(): string {
    return this.certificates.certPem;
  }

  get port(): number {
    return this.gotap.addresses[0]?.port ?? 0;
  }

  /** Proxy-Authorization of the run. */
  get credentials(): string {
    const { record, token } = this.run;
    return `Basic ${Buffer.from(`run-${record.runId}:${token}`).toString("base64")}`;
  }

  /** An origin with TLS under HOST. */
  async origin(
    options: Omit<OriginOptions, "authority" | "names">,
  ): Promise<Origin> {
    return this.own(
      await startOrigin({
        ...options,
        authority: this.authority,
        names: [HOST],
      }),
    );
  }

  async plainOrigin(options: OriginOptions): Promise<Origin> {
    return this.own(await startOrigin(options));
  }

  /** Closed with everything else, before it. */
  own<T extends { close(): unknown }>(thing: T): T {
    this.#undo.push(() => thing.close());
    return thing;
  }

  /** Resolves when no request and no tunnel is open. */
  async quiet(): Promise<void> {
    await waitFor("all requests to end", () => {
      const { requests, tunnels } = this.gotap.open();
      return requests === 0 && tunnels === 0;
    });
  }

  /** What is stored of the run once `count` requests are there and ended, by their start. */
  async exchanges(count: number): Promise<ExchangeRecord[]> {
    return waitFor(`${count} stored requests`, async () => {
      const trace = await this.gotap.runRecords(this.run.record.runId);
      const ended = trace?.exchanges.filter(
        ({ endedAtMs }) => endedAtMs !== undefined,
      );
      return ended?.length === count ? ended : undefined;
    });
  }

  /** The only request. */
  async exchange(): Promise<ExchangeRecord> {
    const [first] = await this.exchanges(1);
    if (first === undefined) throw new Error("there is no exchange");
    return first;
  }

  /** The ended request for this path and query. */
  exchangeOf(target: string): Promise<ExchangeRecord> {
    return this.exchangeWhere((record) => record.target === target);
  }

  /** The first ended request of this kind, as stored. */
  exchangeWhere(
    wanted: (record: ExchangeRecord) => boolean,
  ): Promise<ExchangeRecord> {
    return waitFor("the stored request", async () => {
      const trace = await this.gotap.runRecords(this.run.record.runId);
      return trace?.exchanges.find(
        (record) => record.endedAtMs !== undefined && wanted(record),
      );
    });
  }

  /** The run's spans, as they stand in the store now. */
  async spans(): Promise<Span[]> {
    const trace = await this.gotap.runRecords(this.run.record.runId);
    return trace === undefined ? [] : spansOf(trace);
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
  }
}

function tomlOf(options: JoinedOptions, signer: TestAuthority): string {
  const names = Object.entries({ [HOST]: "127.0.0.1", ...options.resolve });
  const resolve = names.map(
    ([name, address]) => `${JSON.stringify(name)} = "${address}"\n`,
  );
  const ca = options.trusts === false ? [] : [signer.caFile];
  return `${options.toml ?? ""}\n[resolve]\n${resolve.join("")}[tls]\nca = ${JSON.stringify(ca)}\n`;
}

function logInto(lines: string[]): Log {
  const add = (message: string): void => void lines.push(message);
  const said = new Set<string>();
  return {
    error: add,
    warn: add,
    info: add,
    debug() {},
    notice(key, message) {
      if (said.has(key)) return;
      said.add(key);
      add(message);
    },
  };
}
