import { furtherRoots } from "../../certs/upstream-roots.js";
import type { Log } from "../model/log.js";
import { CaTexts } from "./ca-texts.js";
import { GitClients } from "./git-client.js";
import { TlsWishes } from "./tls-wishes.js";
import { checkUpstream, type UpstreamCheckOptions } from "./upstream-check.js";

export interface ClientTlsOptions extends UpstreamCheckOptions {
  log: Log;
  /** What everybody trusts upstream: these need not be added. */
  roots: readonly string[];
  /** Of gotap's own CAs, which never count upstream. */
  ownFingerprints: readonly string[];
}

/** Joins the parts behind `TlsWishes`. */
export function clientTls(options: ClientTlsOptions): TlsWishes {
  const { clock, log, ownFingerprints } = options;
  const known = new Set(options.roots);
  const caTexts = new CaTexts((text) =>
    furtherRoots(text, known, ownFingerprints),
  );
  return new TlsWishes({
    log,
    git: new GitClients(clock, caTexts),
    check: (connection, origin, trust) =>
      checkUpstream(options, connection, origin, trust),
  });
}
