import { matchesModulePatterns } from "./module-patterns.js";

/** As `go env` reports them; absent and empty are the same. */
export interface PrivateSettings {
  goprivate?: string | undefined;
  gonoproxy?: string | undefined;
  gonosumdb?: string | undefined;
}

/** The lists that go works with. */
export interface PrivatePatterns {
  /** Modules that go fetches without a proxy. */
  noProxy: string;
  /** Modules that go does not look up in the checksum database. */
  noSumdb: string;
}

/**
 * GONOPROXY and GONOSUMDB are GOPRIVATE where they are not set (cmd/go/internal/cfg EnvOrAndChanged). `none` is no keyword: it is a
 * pattern that no module path matches, as a path's first element has a dot.
 */
export function privatePatterns(settings: PrivateSettings): PrivatePatterns {
  return {
    noProxy: settings.gonoproxy || settings.goprivate || "",
    noSumdb: settings.gonosumdb || settings.goprivate || "",
  };
}

/**
 * Whether any of the three lists names the module: then it goes to no mirror and over no way that was not named for it (SPEC §4).
 * GOPRIVATE counts also where GONOPROXY lets go fetch it from a proxy: that is a company's own.
 */
export function isPrivateModule(
  path: string,
  settings: PrivateSettings,
): boolean {
  const { noProxy, noSumdb } = privatePatterns(settings);
  return [settings.goprivate ?? "", noProxy, noSumdb].some((globs) =>
    matchesModulePatterns(globs, path),
  );
}
