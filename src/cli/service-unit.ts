import { join } from "node:path";

import { GotapError } from "../model/failure.js";

/** What keeps a daemon running on one kind of system: a file, and the commands around it. */
export interface ServiceUnit {
  file: string;
  text: string;
  /** Run after the file was written. */
  install: string[][];
  /** Run before the file is removed. A service that does not run is no reason to stop. */
  uninstall: string[][];
  /** Run after the file was removed. */
  afterwards: string[][];
}

export interface ServiceRequest {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
  uid: number;
  /** The program and its arguments, absolute. */
  argv: string[];
  logFile: string;
}

/** What the daemon has to be told to use the same folders and settings as this shell. */
const HANDED_ON = [
  "GOTAP_HOME",
  "GOTAP_CONFIG",
  "XDG_DATA_HOME",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
];

const LABEL = "gotap.daemon";

/** @throws GotapError SERVICE_SYSTEM on a system without systemd user units or LaunchAgents */
export function serviceUnit(request: ServiceRequest): ServiceUnit {
  if (request.platform === "linux") return systemdUnit(request);
  if (request.platform === "darwin") return launchAgent(request);
  throw new GotapError(
    "SERVICE_SYSTEM",
    `gotap service knows systemd (Linux) and launchd (macOS), not ${request.platform}`,
    "start it at login by what this system has for it: gotap daemon --detach",
  );
}

function handedOn(env: NodeJS.ProcessEnv): [string, string][] {
  return HANDED_ON.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined || value === "" ? [] : [[name, value]];
  });
}

function systemdUnit({ env, home, argv }: ServiceRequest): ServiceUnit {
  const folder = env["XDG_CONFIG_HOME"] || join(home, ".config");
  const variables = handedOn(env).map(
    ([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}\n`,
  );
  return {
    file: join(folder, "systemd", "user", "gotap.service"),
    text: `[Unit]
Description=gotap, a tracing proxy for the Go toolchain

[Service]
ExecStart=${argv.map((word) => systemdWord(word).replaceAll("$", "$$$$")).join(" ")}
${variables.join("")}Restart=on-failure
RestartSec=2

[Install]
WantedBy=default.target
`,
    install: [
      ["systemctl", "--user", "daemon-reload"],
      ["systemctl", "--user", "enable", "--now", "gotap.service"],
    ],
    uninstall: [["systemctl", "--user", "disable", "--now", "gotap.service"]],
    afterwards: [["systemctl", "--user", "daemon-reload"]],
  };
}

/** systemd.syntax(7) quoting; "%" begins a specifier (systemd.unit(5)). */
function systemdWord(word: string): string {
  const escaped = word
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("%", "%%");
  return `"${escaped}"`;
}

function launchAgent(request: ServiceRequest): ServiceUnit {
  const { env, home, uid, argv, logFile } = request;
  const file = join(home, "Library", "LaunchAgents", `${LABEL}.plist`);
  const entry = (name: string, value: string) =>
    `    <key>${xml(name)}</key><string>${xml(value)}</string>\n`;
  return {
    file,
    text: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${argv.map((word) => `    <string>${xml(word)}</string>\n`).join("")}  </array>
  <key>EnvironmentVariables</key>
  <dict>
${handedOn(env)
  .map(([name, value]) => entry(name, value))
  .join("")}  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>StandardErrorPath</key><string>${xml(logFile)}</string>
</dict>
</plist>
`,
    install: [["launchctl", "bootstrap", `gui/${uid}`, file]],
    uninstall: [["launchctl", "bootout", `gui/${uid}/${LABEL}`]],
    afterwards: [],
  };
}

function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
