import { loadAuthority } from "../certs/authority.js";
import { foldersOf } from "../src/config/folders.js";
import { loadSettings } from "../src/config/load-settings.js";
import { startGotap } from "../src/daemon/gotap.js";
import { systemClock } from "../src/daemon/system-clock.js";
import { wayOutOf } from "../src/daemon/way-out.js";
import { SILENT } from "../src/model/log.js";
import type { Recorder } from "../src/observe/recorder.js";
import { answerCalls } from "./child-call.js";

export interface UnrecordedQuestion {
  /** GOTAP_HOME and GOTAP_CONFIG of the daemon that this is compared with. */
  env: NodeJS.ProcessEnv;
}

export interface UnrecordedAnswer {
  port: number;
  ca: string;
}

const NOTHING: Recorder = {
  put() {},
  async flush() {},
  trace: async () => undefined,
  tap: () => () => {},
  opened: Promise.resolve({ state: "memory" }),
  storeState: () => ({ state: "memory" }),
  async close() {},
};

// gotap itself, with everything but the recording: what recording costs is the difference.
answerCalls(async ({ env }: UnrecordedQuestion): Promise<UnrecordedAnswer> => {
  const folders = foldersOf(env);
  const { settings } = loadSettings({ env, cwd: folders.data });
  const authority = await loadAuthority(folders.caDir);
  const gotap = await startGotap({
    settings,
    folders,
    authority,
    listen: { host: "127.0.0.1", port: 0 },
    env,
    wayOut: wayOutOf({}),
    recorder: NOTHING,
    clock: systemClock,
    log: SILENT,
  });
  return { port: gotap.addresses[0]?.port ?? 0, ca: authority.certPem };
});
