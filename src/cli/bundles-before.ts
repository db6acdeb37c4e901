import { resolve } from "node:path";

import type { BundleFiles } from "../control/protocol.js";

/**
 * The files of certificates that programs would read without gotap, absolute: their merged bundles take their place. A program
 * that falls back on another's variable gets that one's file (curl(1) "SSL_CERT_FILE"; requests, "SSL Cert Verification").
 * @param gitCaInfo git's `http.sslCAInfo`, which GIT_SSL_CAINFO would hide
 */
export function bundlesBefore(
  env: NodeJS.ProcessEnv,
  cwd: string,
  gitCaInfo?: string,
): BundleFiles {
  const at = (name: string) => env[name] || undefined;
  const files = {
    SSL_CERT_FILE: at("SSL_CERT_FILE"),
    GIT_SSL_CAINFO: at("GIT_SSL_CAINFO") ?? gitCaInfo,
    CURL_CA_BUNDLE: at("CURL_CA_BUNDLE") ?? at("SSL_CERT_FILE"),
    NODE_EXTRA_CA_CERTS: at("NODE_EXTRA_CA_CERTS"),
    REQUESTS_CA_BUNDLE: at("REQUESTS_CA_BUNDLE") ?? at("CURL_CA_BUNDLE"),
    PIP_CERT:
      at("PIP_CERT") ?? at("REQUESTS_CA_BUNDLE") ?? at("CURL_CA_BUNDLE"),
  };
  return Object.fromEntries(
    Object.entries(files)
      .filter(([, file]) => file !== undefined)
      .map(([name, file]) => [name, resolve(cwd, file ?? "")]),
  );
}
