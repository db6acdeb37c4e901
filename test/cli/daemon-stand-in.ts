import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { foldersOf } from "../../src/config/folders.js";
import { socketFileOf } from "../../src/control/find-daemons.js";
import type { ControlHandlers } from "../../src/control/handlers.js";
import type { DaemonStatus } from "../../src/control/protocol.js";
import { startControlServer } from "../../src/control/server.js";
import { sampleHandlers, sampleStatus } from "../control/sample-handlers.js";

/** A GOTAP_HOME in which control sockets answer as daemons do. */
export class DaemonStandIn {
  readonly home = mkdtempSync(join(tmpdir(), "gotap-home-"));
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    GOTAP_HOME: this.home,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  readonly #closing: (() => Promise<void>)[] = [];

  /** @param pid any number that is no process, but for the test's own */
  async start(
    pid: number,
    status: Partial<DaemonStatus> = {},
    handlers: Partial<ControlHandlers> = {},
  ): Promise<void> {
    const server = await startControlServer({
      socketFile: socketFileOf(foldersOf(this.env).runtime, pid),
      handlers: sampleHandlers({
        status: () => sampleStatus({ pid, ...status }),
        ...handlers,
      }),
      version: "1.2.3",
    });
    this.#closing.push(() => server.close());
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
    rmSync(this.home, { recursive: true, force: true });
  }
}
