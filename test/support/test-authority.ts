import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { makeFolder, removeFolder } from "./temp-folder.js";

/** A certificate and its key, as PEM. */
export interface TestCertificate {
  cert: string;
  key: string;
}

/** A throwaway certificate authority, made by the openssl program. */
export interface TestAuthority {
  /** The root as PEM. */
  ca: string;
  /** A file that holds the root: for SSL_CERT_FILE and `[tls] ca`. */
  caFile: string;
  /** A certificate for exactly these DNS names and IP literals, made once for each set of names. */
  issue(names: readonly string[]): TestCertificate;
  /** Removes its folder. */
  remove(): void;
}

/** @throws Error when there is no openssl program */
export function makeTestAuthority(): TestAuthority {
  const folder = makeFolder("authority");
  const caFile = join(folder, "ca.pem");
  const caKeyFile = join(folder, "ca.key");
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const newKey = (file: string): void =>
    openssl(
      "genpkey",
      "-algorithm",
      "EC",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-out",
      file,
    );
  newKey(caKeyFile);
  openssl(
    "req",
    "-x509",
    "-new",
    "-key",
    caKeyFile,
    "-days",
    "30",
    "-subj",
    "/CN=gotap test authority",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
    "-out",
    caFile,
  );
  const issued = new Map<string, TestCertificate>();
  return {
    ca: readFileSync(caFile, "utf8"),
    caFile,
    issue(names) {
      const id = names.join(",");
      const known = issued.get(id);
      if (known !== undefined) return known;
      const base = join(folder, `leaf-${issued.size}`);
      newKey(`${base}.key`);
      openssl(
        "req",
        "-new",
        "-key",
        `${base}.key`,
        "-subj",
        "/O=gotap tests",
        "-out",
        `${base}.csr`,
      );
      const san = names.map((name) => `${isIP(name) ? "IP" : "DNS"}:${name}`);
      writeFileSync(
        `${base}.ext`,
        `subjectAltName=${san.join(",")}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`,
      );
      openssl(
        "x509",
        "-req",
        "-in",
        `${base}.csr`,
        "-CA",
        caFile,
        "-CAkey",
        caKeyFile,
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        `${base}.ext`,
        "-out",
        `${base}.pem`,
      );
      const made = {
        cert: readFileSync(`${base}.pem`, "utf8"),
        key: readFileSync(`${base}.key`, "utf8"),
      };
      issued.set(id, made);
      return made;
    },
    remove: () => removeFolder(folder),
  };
}
