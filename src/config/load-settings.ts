import { realpathSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";

import { GotapError } from "../model/failure.js";
import type { Settings } from "../model/settings.js";
import { readFileLayer } from "./file-layer.js";
import { foldersOf } from "./folders.js";
import type { Layer, RawTable } from "./layer.js";
import { mergeLayers } from "./merge-layers.js";
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
  /** One line each, for the operator. */
  notices: string[];
}

/** What a file of a project may set: a cloned repository chooses no roots, ways, mirrors, exports or names. */
const OPEN_TO_PROJECTS = ["timeouts", "retry"];

/** Checked, and nothing more yet. */
const NOT_ACTED_ON = {
  upstream: "[[upstream]]",
  mirror: "[[mirror]]",
  offline: "[offline]",
  health: "[health]",
  breaker: "[breaker]",
  retry: "[retry]",
};

/**
 * The settings of this process: flag > GOTAP_* > `--config`/GOTAP_CONFIG > `./gotap.toml` > the user's config.toml > default,
 * field by field. Reads files; prints nothing.
 * @throws GotapError CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_VALUE, LISTEN_REMOTE
 */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const { env, cwd } = request;
  const userFile = join(foldersOf(env).config, "config.toml");
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
  const project = isOwn ? undefined : readFileLayer(projectFile);
  const typed = environmentLayer(env);
  const layers = [
    user,
    project && confined(project),
    chosen,
    typed.layer,
    flagLayer(request.flags ?? {}),
  ].filter((layer) => layer !== undefined);

  const { config, values, origins } = mergeLayers(layers);
  refuseRemote(config.listen, origins["listen"] ?? "default");
  return {
    settings: patientEnough(toSettings(config), origins),
    origins,
    values,
    notices: [
      ...typed.notices,
      ...ignoredLine(projectFile, project),
      ...notActedOnLine(layers),
    ],
  };
}

/** Who waits longer by choice for a first byte or a silent body does so on the last try too, unless patience is set as well. */
function patientEnough(
  settings: Settings,
  origins: Readonly<Record<string, string>>,
): Settings {
  if ((origins["timeouts.patience"] ?? "default") !== "default")
    return settings;
  const { timeouts } = settings;
  const { firstByteMs, bodyIdleMs, patienceMs } = timeouts;
  return {
    ...settings,
    timeouts: {
      ...timeouts,
      patienceMs: Math.max(firstByteMs, bodyIdleMs, patienceMs),
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

function confined(layer: Layer): Layer {
  const open = Object.entries(layer.values).filter(([name]) =>
    OPEN_TO_PROJECTS.includes(name),
  );
  return { ...layer, values: Object.fromEntries(open) };
}

function ignoredLine(file: string, layer: Layer | undefined): string[] {
  const closed = Object.keys(layer?.values ?? {}).filter(
    (name) => !OPEN_TO_PROJECTS.includes(name),
  );
  return closed.length === 0
    ? []
    : [
        `${file}: a project's file may set timeouts and retry only; ignored: ${closed.join(", ")} (name it with --config if it is yours)`,
      ];
}

function notActedOnLine(layers: readonly Layer[]): string[] {
  const set = Object.entries(NOT_ACTED_ON)
    .filter(([name]) => layers.some((layer) => name in layer.values))
    .map(([, title]) => title);
  return set.length === 0
    ? []
    : [`checked, but this version does not act on it yet: ${set.join(" ")}`];
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
