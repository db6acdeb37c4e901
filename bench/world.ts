import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { killAll } from "../test/support/child.js";
import {
  Gotap,
  startDaemon,
  type RunningDaemon,
} from "../test/support/gotap.js";
import { makeFolder, removeFolder } from "../test/support/temp-folder.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../test/support/test-authority.js";
import { ChildCall } from "./child-call.js";
import type { LoadAnswer, LoadQuestion } from "./load-process.js";
import type { OriginAnswer, OriginQuestion } from "./origin-process.js";
import type {
  UnrecordedAnswer,
  UnrecordedQuestion,
} from "./unrecorded-process.js";
import { findMitmdump, startMitmdump, type Mitmdump } from "./mitmdump.js";

/** The name under which the origin is known behind the proxies; directly it is asked by address, which no proxy gets to see. */
export const NAME = "goproxy.test";
/** Names of hosts that nobody has asked before, for `first request to a new host`. */
export const NEW_HOSTS = Array.from(
  { length: 400 },
  (_, i) => `h${i}.new.test`,
);

/** What the rows measure with: one for all rows, each part started when it is first asked for. */
export class World {
  readonly folder = makeFolder("bench");
  readonly authority: TestAuthority = makeTestAuthority();
  readonly #undo: (() => unknown)[] = [];
  #load: ChildCall<LoadQuestion, LoadAnswer> | undefined;
  #folders = 0;

  own<T>(thing: T, undo: () => unknown): T {
    this.#undo.push(undo);
    return thing;
  }

  newFolder(): string {
    const path = join(this.folder, String(this.#folders++));
    mkdirSync(path);
    return path;
  }

  /** An origin in a process of its own. */
  async origin(
    question: Omit<OriginQuestion, "cert" | "key">,
  ): Promise<OriginAnswer & { close(): void }> {
    const certificate = this.authority.issue([NAME, "*.new.test", "127.0.0.1"]);
    const child = new ChildCall<OriginQuestion, OriginAnswer>(
      new URL("origin-process.js", import.meta.url),
    );
    this.own(child, () => child.close());
    const answer = await child.ask({ ...certificate, ...question });
    return { ...answer, close: () => child.close() };
  }

  /** Everything is opened, whoever the client is: the load generator is not go. */
  gotap(top = ""): Gotap {
    const names = [NAME, ...NEW_HOSTS].map((name) => [name, "127.0.0.1"]);
    const gotap = new Gotap({
      resolve: Object.fromEntries(names) as Record<string, string>,
      ca: [this.authority.caFile],
      top: `intercept = "all"\n${top}`,
    });
    return this.own(gotap, () => gotap.remove());
  }

  /** A daemon with folders of its own. */
  async daemon(): Promise<RunningDaemon & { gotap: Gotap; ca: string }> {
    const gotap = this.gotap();
    const base = { PATH: process.env["PATH"], HOME: gotap.folder };
    const daemon = await startDaemon(gotap, { env: base });
    const ca = (await gotap.read("ca", "path")).trim();
    return { ...daemon, gotap, ca };
  }

  /** The same without recording, in a process of its own. */
  async unrecorded(): Promise<UnrecordedAnswer> {
    const call: ChildCall<UnrecordedQuestion, UnrecordedAnswer> = this.own(
      new ChildCall<UnrecordedQuestion, UnrecordedAnswer>(
        new URL("unrecorded-process.js", import.meta.url),
      ),
      (): void => call.close(),
    );
    const gotap = this.gotap();
    mkdirSync(gotap.home, { recursive: true });
    return call.ask({ env: gotap.env({ PATH: process.env["PATH"] }) });
  }

  /** undefined where mitmdump is not on the PATH. */
  async mitmdump(): Promise<Mitmdump | undefined> {
    const program = findMitmdump();
    if (program === undefined) return undefined;
    const started = await startMitmdump(
      program,
      this.newFolder(),
      this.authority.caFile,
    );
    return this.own(started, () => started.stop());
  }

  load(question: LoadQuestion): Promise<LoadAnswer> {
    this.#load ??= this.own(
      new ChildCall<LoadQuestion, LoadAnswer>(
        new URL("load-process.js", import.meta.url),
      ),
      () => this.#load?.close(),
    );
    return this.#load.ask(question);
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
    killAll();
    this.authority.remove();
    removeFolder(this.folder);
  }
}
