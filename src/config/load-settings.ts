import { realpathSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";

import { GotapError } from "../model/failure.js";
import type { Settings } from "../model/settings.js";
import { readFileLayer } from "./file-layer.js";
import { foldersOf } from "./folders.js";
import type { Layer, RawTable } from "./layer.js";
import { mergeLayers } from "./merge-layers.js";
import { projectLayer } from "./project-file.js";
import { shown } from "./shown.js";
import { toSettings } from "./to-settings.js";
import { environmentLayer, flagLayer } from "./typed-layers.js";

export interface SettingsRequest {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** By dotted key: `{listen: "127.0.0.1:0", "timeouts.dns": "1s"}`; `undefined` is a flag that was not typed. */
  flags?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Of `--config`; else GOTAP_CONFIG counts. */
  configFile?: string;
}

export interface LoadedSettings {
  settings: Settings;
  /** Where each value came from, by dotted key: `default`, `FILE:LINE`, `GOTAP_LISTEN`, `--listen`. */
  origins: Record<string, string>;
  /** The values as a file would hold them, under the file's keys. */
  values: RawTable;
  /** Where a field of the n-th rule of `settings.rules` stands: `FILE:LINE`, `built in`. */
  ruleOrigin: (index: number, path: readonly string[]) => string;
  /** Every file that counts, or would if it were there; absolute. */
  files: string[];
  /** The configuration files that were looked for, in their order, and whether they were there. */
  lookedFor: { file: string; read: boolean }[];
  /** One line each, for the operator. */
  notices: string[];
}

/**
 * The settings of this process: flag > GOTAP_* > `--config`/GOTAP_CONFIG > `./gotap.toml` > the user's config.toml > default,
 * field by field. Reads files; prints nothing.
 * @throws GotapError CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_VALUE, LISTEN_REMOTE
 */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const { env, cwd } = request;
  const { config: configFolder, trustFile } = foldersOf(env);
  const userFile = join(configFolder, "config.toml");
  const projectFile = join(cwd, "gotap.toml");
  const namedFile = request.configFile ?? (env["GOTAP_CONFIG"] || undefined);
  const chosenFile =
    namedFile === undefined ? undefined : resolve(cwd, namedFile);

  const chosen =
    chosenFile === undefined ? undefined : requiredFile(chosenFile);
  const user = readFileLayer(userFile);
  const isOwn = [chosenFile, userFile].some((file) =>
    isSameFile(file, projectFile),
  );
  const found = isOwn ? undefined : readFileLayer(projectFile);
  const project = found && projectLayer(projectFile, found, trustFile);
  const typed = environmentLayer(env);
  const layers = [
    user,
    project?.layer,
    chosen,
    typed.layer,
    flagLayer(request.flags ?? {}),
  ].filter((layer) => layer !== undefined);

  const merged = mergeLayers(layers);
  refuseRemote(merged.config.listen, merged.origins["listen"] ?? "default");
  const settings = toSettings(merged.config);
  const userRules = merged.config.rule?.length ?? 0;
  return {
    ...patientEnough(settings, merged),
    ruleOrigin: (index, path) =>
      index < userRules ? merged.ruleOrigin([index, ...path]) : "built in",
    files: [
      ...(chosenFile === undefined ? [] : [chosenFile]),
      projectFile,
      userFile,
      trustFile,
    ],
    lookedFor: [
      ...(chosenFile === undefined ? [] : [{ file: chosenFile, read: true }]),
      ...(isOwn ? [] : [{ file: projectFile, read: found !== undefined }]),
      { file: userFile, read: user !== undefined },
    ],
    notices: [
      ...typed.notices,
      ...(project?.notices ?? []),
      ...vainLines(settings),
    ],
  };
}

/** Who waits longer by choice for a first byte or a silent body does so on the last try too, unless patience is set as well. */
function patientEnough(
  settings: Settings,
  { values, origins }: Pick<LoadedSettings, "values" | "origins">,
): Pick<LoadedSettings, "settings" | "values" | "origins"> {
  const { timeouts } = settings;
  const longest =
    timeouts.firstByteMs > timeouts.bodyIdleMs ? "first_byte" : "body_idle";
  const longestMs = Math.max(timeouts.firstByteMs, timeouts.bodyIdleMs);
  const isSet = (origins["timeouts.patience"] ?? "default") !== "default";
  if (isSet || longestMs <= timeouts.patienceMs)
    return { settings, values, origins };
  const raw = values["timeouts"] as RawTable;
  return {
    settings: { ...settings, timeouts: { ...timeouts, patienceMs: longestMs } },
    values: { ...values, timeouts: { ...raw, patience: raw[longest] } },
    origins: {
      ...origins,
      "timeouts.patience": origins[`timeouts.${longest}`] ?? "default",
    },
  };
}

function requiredFile(file: string): Layer {
  const layer = readFileLayer(file);
  if (layer !== undefined) return layer;
  throw new GotapError(
    "CONFIG_NOT_FOUND",
    `there is no configuration file ${file}`,
    "it was named by --config or GOTAP_CONFIG",
    2,
  );
}

/** A file that the user named, or wrote as the user's own, is the user's also where it stands in a project. */
function isSameFile(file: string | undefined, other: string): boolean {
  if (file === undefined) return false;
  try {
    return realpathSync(file) === realpathSync(other);
  } catch {
    return false; // One of them is not there.
  }
}

/** What is in order and yet never comes to count. */
function vainLines({ rules }: Settings): string[] {
  return rules
    .filter(
      ({ intercept, kind, module, session }) =>
        intercept !== undefined && (kind ?? module ?? session) !== undefined,
    )
    .map(
      ({ name }) =>
        `the rule ${shown(name)}: its intercept never counts, as it is decided before a request is seen: give it to a rule with host alone`,
    );
}

/** SPEC §8: an address that others can reach is never a file's choice. */
function refuseRemote(listen: Settings["listen"], origin: string): void {
  const { host, port } = listen;
  const isLoopback =
    host === "localhost" ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."));
  if (isLoopback || origin === "--listen") return;
  throw new GotapError(
    "LISTEN_REMOTE",
    `${origin}: listen names ${host}, which is not this machine's loopback`,
    `if that is meant, type it: gotap daemon --listen ${host}:${port} --allow-remote`,
    2,
  );
}
