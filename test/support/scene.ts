import { killAll, type ChildResult } from "./child.js";
import { makeGoSandbox, type GoSandbox } from "./go.js";
import { Gotap, type GotapConfig } from "./gotap.js";
import { startOrigin, type Origin, type OriginOptions } from "./origin.js";
import { makeTestAuthority, type TestAuthority } from "./test-authority.js";

/** Host names under which the tests' origins are known; gotap leads them to 127.0.0.1. */
const NAMES = [
  "goproxy.test",
  "mirror.test",
  "second.test",
  "sumdb.test",
  "code.test",
  "trap.test",
  // Of the module paths: `direct` asks it, and finds nobody.
  "example.com",
] as const;

/** What one test needs of the world, and the end of all of it. */
export class Scene {
  readonly #undo: (() => unknown)[] = [];
  readonly #traps: Origin[] = [];
  #authority: TestAuthority | undefined;

  /** Signs the origins' certificates; made at the first use. */
  get authority(): TestAuthority {
    if (this.#authority === undefined) {
      const made = makeTestAuthority();
      this.#authority = this.own(made, () => made.remove());
    }
    return this.#authority;
  }

  /** Remembers how to end a thing; in reverse order at `close`. */
  own<T>(thing: T, undo: () => unknown): T {
    this.#undo.push(undo);
    return thing;
  }

  /** An origin with TLS for `NAMES`. */
  async origin(
    options: Omit<OriginOptions, "authority" | "names">,
  ): Promise<Origin> {
    const origin = await startOrigin({
      ...options,
      authority: this.authority,
      names: NAMES,
    });
    return this.own(origin, () => origin.close());
  }

  /** A server that nobody may come near: `close` fails the test that led somebody there. */
  async trap(): Promise<Origin> {
    const trap = await this.origin({ handler: () => ({ status: 500 }) });
    this.#traps.push(trap);
    return trap;
  }

  async plainOrigin(
    options: Omit<OriginOptions, "authority" | "names">,
  ): Promise<Origin> {
    const origin = await startOrigin(options);
    return this.own(origin, () => origin.close());
  }

  sandbox(env: NodeJS.ProcessEnv = {}): GoSandbox {
    const sandbox = makeGoSandbox(env);
    return this.own(sandbox, () => sandbox.remove());
  }

  /** gotap that knows the names and trusts the test authority. */
  gotap(config: GotapConfig = {}): Gotap {
    const resolve = Object.fromEntries(
      NAMES.map((name) => [name, "127.0.0.1"]),
    );
    const gotap = new Gotap({
      resolve,
      ca: [this.authority.caFile],
      ...config,
    });
    return this.own(gotap, () => gotap.remove());
  }

  /** Ends every process first, then all else. @throws Error when somebody came to a trap */
  async close(): Promise<void> {
    killAll();
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
    this.#authority = undefined;
    for (const trap of this.#traps.splice(0))
      if (trap.connections() > 0)
        throw new Error(
          `a trap was visited: ${trap.connections()} connections, ${trap.requests.map((r) => `${r.method} ${r.path}`).join(", ")}`,
        );
  }
}

/** `gotap run -- COMMAND` in a sandbox. */
export function runUnderGotap(
  gotap: Gotap,
  sandbox: GoSandbox,
  command: readonly string[],
  options: {
    cwd?: string;
    flags?: readonly string[];
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<ChildResult> {
  return gotap.run(["run", ...(options.flags ?? []), "--", ...command], {
    env: { ...sandbox.env, ...options.env },
    cwd: options.cwd ?? sandbox.folder,
  });
}
