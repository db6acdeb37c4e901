import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeFolder, removeFolder } from "../support/temp-folder.js";
import type { TestCertificate } from "../support/test-authority.js";

export interface OddLeaf {
  /** `DNS:a.test,IP:127.0.0.1`; absent: no subject alternative name. */
  san?: string;
  commonName?: string;
  key?: "ec" | "rsa";
  /** Already over. */
  expired?: boolean;
  /** Signed by its own key. */
  selfSigned?: boolean;
  serial?: string;
  /** Default serverAuth. */
  usage?: string;
}

/** An authority that also signs what no honest one would. */
export interface OddAuthority {
  ca: string;
  leaf(odd: OddLeaf): TestCertificate;
  remove(): void;
}

export function makeOddAuthority(): OddAuthority {
  const folder = makeFolder("odd");
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const newKey = (name: string, type: "ec" | "rsa"): void => {
    const how =
      type === "ec" ? "ec_paramgen_curve:P-256" : "rsa_keygen_bits:2048";
    const algorithm = type === "ec" ? "EC" : "RSA";
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", how, "-out", name);
  };
  const read = (name: string): string =>
    readFileSync(join(folder, name), "utf8");
  newKey("ca.key", "ec");
  const self = ["req", "-x509", "-new", "-days", "30", "-key"];
  const caUsage = ["-addext", "keyUsage=critical,keyCertSign"];
  openssl(
    ...self,
    "ca.key",
    "-subj",
    "/CN=Odd Root/O=Odd",
    ...caUsage,
    "-out",
    "ca.pem",
  );
  let made = 0;
  return {
    ca: read("ca.pem"),
    leaf(odd) {
      const name = `leaf-${made++}`;
      newKey(`${name}.key`, odd.key ?? "ec");
      openssl(
        "req",
        "-new",
        "-key",
        `${name}.key`,
        "-subj",
        `/CN=${odd.commonName ?? "leaf"}`,
        "-out",
        `${name}.csr`,
      );
      const extensions = [
        "basicConstraints=critical,CA:FALSE",
        `extendedKeyUsage=${odd.usage ?? "serverAuth"}`,
        ...(odd.san === undefined ? [] : [`subjectAltName=${odd.san}`]),
      ];
      writeFileSync(join(folder, `${name}.ext`), `${extensions.join("\n")}\n`);
      const signer = odd.selfSigned
        ? ["-signkey", `${name}.key`]
        : ["-CA", "ca.pem", "-CAkey", "ca.key"];
      const serial = odd.serial ?? String(1000 + made);
      const days = odd.expired ? "-1" : "30";
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        ...signer,
        "-set_serial",
        serial,
        "-days",
        days,
        "-extfile",
        `${name}.ext`,
        "-out",
        `${name}.pem`,
      );
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    },
    remove: () => {
      removeFolder(folder);
    },
  };
}
