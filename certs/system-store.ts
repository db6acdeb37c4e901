import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { GotapError } from "../src/model/failure.js";
import type { OwnCertificate } from "./authority.js";

/** One command, ready for execve: no shell reads it. */
export interface StoreCommand {
  argv: string[];
  /** A failure of it is no failure of the whole: removing what may not be there. */
  optional?: boolean;
}

/** Where a system keeps the certificates that its users add. */
export type SystemStore =
  | {
      type: "linux";
      layout: string;
      /** The folder that the certificate is copied into. */
      anchors: string;
      refresh: string[];
    }
  | { type: "macos"; keychain: string }
  | { type: "windows" };

/** The first folder that is there decides; Debian's last, since others may have it too. */
const LINUX_LAYOUTS = [
  {
    layout: "SUSE",
    anchors: "/etc/pki/trust/anchors",
    refresh: ["update-ca-certificates"],
  },
  {
    layout: "RHEL",
    anchors: "/etc/pki/ca-trust/source/anchors",
    refresh: ["update-ca-trust", "extract"],
  },
  {
    layout: "Arch",
    anchors: "/etc/ca-certificates/trust-source/anchors",
    refresh: ["update-ca-trust"],
  },
  {
    layout: "Debian",
    anchors: "/usr/local/share/ca-certificates",
    // Without --fresh Debian keeps the links to a certificate that was removed.
    refresh: ["update-ca-certificates", "--fresh"],
  },
];

/**
 * This machine's store.
 * @param options `root` stands before every Linux path (default none)
 * @throws GotapError CA_STORE_UNKNOWN where the layout is none that we know
 */
export function systemStore(
  platform: NodeJS.Platform,
  options: { root?: string } = {},
): SystemStore {
  if (platform === "darwin")
    return {
      type: "macos",
      keychain: join(homedir(), "Library/Keychains/login.keychain-db"),
    };
  if (platform === "win32") return { type: "windows" };
  const found = LINUX_LAYOUTS.find(({ anchors }) =>
    existsSync(join(options.root ?? "/", anchors)),
  );
  if (platform === "linux" && found !== undefined)
    return { type: "linux", ...found };
  throw new GotapError(
    "CA_STORE_UNKNOWN",
    `no system certificate store that gotap knows on this ${platform} system`,
    "gotap run needs none; else add the file that `gotap ca path` names by hand",
  );
}

/** The commands that make this system trust the CA, in their order. Nothing runs here. */
export function installCommands(
  store: SystemStore,
  certificate: OwnCertificate,
  uid: number | undefined,
): StoreCommand[] {
  const { certFile } = certificate;
  switch (store.type) {
    case "linux":
      return asRoot(uid, [
        {
          argv: [
            "install",
            "-m",
            "0644",
            certFile,
            anchorFile(store.anchors, certificate),
          ],
        },
        { argv: store.refresh },
      ]);
    case "macos":
      // The user's own trust settings: no administrator needed; the system asks for the password.
      return [
        {
          argv: [
            "security",
            "add-trusted-cert",
            "-r",
            "trustRoot",
            "-k",
            store.keychain,
            certFile,
          ],
        },
      ];
    case "windows":
      return [{ argv: ["certutil", "-user", "-addstore", "Root", certFile] }];
  }
}

/**
 * The commands that take these CAs out again. Each is named by its fingerprint, so that a rotated one is found too, and
 * nothing that is not ours is touched. They succeed where there is nothing to remove.
 */
export function uninstallCommands(
  store: SystemStore,
  certificates: readonly OwnCertificate[],
  uid: number | undefined,
): StoreCommand[] {
  if (certificates.length === 0) return [];
  switch (store.type) {
    case "linux": {
      const files = certificates.map((each) => anchorFile(store.anchors, each));
      return asRoot(uid, [
        { argv: ["rm", "-f", ...files] },
        { argv: store.refresh },
      ]);
    }
    case "macos":
      return certificates.flatMap(({ certFile, fingerprint1 }) => [
        {
          argv: ["security", "remove-trusted-cert", certFile],
          optional: true,
        },
        {
          argv: [
            "security",
            "delete-certificate",
            "-Z",
            plainHex(fingerprint1),
            store.keychain,
          ],
          optional: true,
        },
      ]);
    case "windows":
      return certificates.map(({ fingerprint1 }) => ({
        argv: [
          "certutil",
          "-user",
          "-delstore",
          "Root",
          plainHex(fingerprint1).toLowerCase(),
        ],
        optional: true,
      }));
  }
}

/** As a person would type it. */
export function commandLine(command: StoreCommand): string {
  return command.argv
    .map((word) =>
      /^[A-Za-z0-9_@%+=:,./\\-]+$/.test(word)
        ? word
        : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(" ");
}

/** Debian takes only files that end in .crt. */
function anchorFile(anchors: string, certificate: OwnCertificate): string {
  const mark = plainHex(certificate.fingerprint256).toLowerCase().slice(0, 16);
  return `${anchors}/gotap-ca-${mark}.crt`;
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(":", "");
}

/** @param uid undefined where there are no user ids */
function asRoot(
  uid: number | undefined,
  commands: StoreCommand[],
): StoreCommand[] {
  if (uid === 0) return commands;
  return commands.map((command) => ({
    ...command,
    argv: ["sudo", ...command.argv],
  }));
}
