import { isAbsolute, join, resolve } from "node:path";

import { readGitHttpSettings } from "../evidence/git-settings.js";
import type { Clock } from "../model/clock.js";
import type { TargetTrust } from "../model/upstream.js";
import { gitClientCertificate, gitTls } from "../policy/git-tls.js";
import type { GitEntry } from "../policy/git-url-match.js";
import type { CaTexts } from "./ca-texts.js";

/** What the settings of one git process ask of TLS. */
export interface GitClient {
  /** What makes git show this host a certificate of its own. @param origin `https://host:port` */
  clientCertificateAt(origin: string): string | undefined;
  trustFor(url: string): TargetTrust | undefined;
}

/** Where a git process runs, and with what. */
export interface GitPlace {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** So long what git's configuration said counts for the next git process of the same folder and environment. */
const KEPT_MS = 5_000;
/** What of the environment changes git's answer. */
const RELEVANT = /^(?:GIT_(?!TRACE|TR2).*|HOME|XDG_CONFIG_HOME|PATH)$/;

/** Asks git for its settings, once for all who would get the same answer. */
export class GitClients {
  private readonly kept = new Map<string, Promise<GitClient>>();

  constructor(
    private readonly clock: Clock,
    private readonly caTexts: CaTexts,
  ) {}

  /** Some 5 ms, 2 s at most, at once where it was asked a moment ago. Never rejects. */
  look(place: GitPlace): Promise<GitClient> {
    const relevant = Object.entries(place.env).filter(([name]) =>
      RELEVANT.test(name),
    );
    const key = JSON.stringify([place.cwd, relevant]);
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const asked = this.ask(place);
    this.kept.set(key, asked);
    this.clock.after(KEPT_MS, () => this.kept.delete(key));
    return asked;
  }

  private async ask(place: GitPlace): Promise<GitClient> {
    const { env } = place;
    const entries = await readGitHttpSettings(place);
    const roots = new Map<string, readonly string[]>();
    for (const path of caPaths(entries, env))
      roots.set(path, await this.caTexts.rootsAt(absolute(path, place)));
    return {
      clientCertificateAt: (origin) =>
        gitClientCertificate(entries, env, origin),
      trustFor(url) {
        const tls = gitTls(entries, env, url);
        if (tls.insecure !== undefined)
          return { insecure: true, setBy: tls.insecure };
        const extraRoots = [...tls.caFiles, ...tls.caFolders].flatMap(
          (path) => roots.get(path) ?? [],
        );
        if (extraRoots.length === 0) return undefined;
        const setBy =
          tls.caFiles.length > 0 ? "git http.sslCAInfo" : "git http.sslCAPath";
        return { extraRoots, setBy };
      },
    };
  }
}

/** All that may count for any URL: which one does is not known before git has asked. */
function caPaths(
  entries: readonly GitEntry[],
  env: GitPlace["env"],
): Set<string> {
  const named = entries.flatMap(([key, value]) =>
    /\.sslca(?:info|path)$/i.test(key) ? [value] : [],
  );
  const all = [...named, env["GIT_SSL_CAINFO"], env["GIT_SSL_CAPATH"]];
  return new Set(all.filter((path): path is string => Boolean(path)));
}

/** git expands `~/` (git-config, "pathname"); curl takes the rest from git's own folder. */
function absolute(path: string, { cwd, env }: GitPlace): string {
  if (path.startsWith("~/") && env["HOME"])
    return join(env["HOME"], path.slice(2));
  return isAbsolute(path) ? path : resolve(cwd, path);
}
