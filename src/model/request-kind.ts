/** What a request of the Go toolchain is for; `gotap.go.kind` of its span. */
export const REQUEST_KINDS = [
  "list", // GET $base/$module/@v/list
  "info", // GET $base/$module/@v/$version.info
  "mod",
  "zip",
  "latest", // GET $base/$module/@latest
  "sumdb-supported",
  "sumdb-latest",
  "sumdb-lookup",
  "sumdb-tile",
  "go-get", // ?go-get=1
  "git-refs", // /info/refs?service=git-upload-pack
  "git-upload-pack",
  "toolchain", // golang.org/toolchain as a module: its .zip, .mod and .info
  "vuln",
  "telemetry",
  "other",
] as const;

export type RequestKind = (typeof REQUEST_KINDS)[number];

/** What a request's URL alone says (see src/classify). */
export interface RequestInfo {
  kind: RequestKind;
  /** Decoded: `!azure` is `Azure`. Stands in `gotap.module.path`. */
  modulePath?: string;
  /** Decoded; a branch or query for `.info` of a branch. Stands in `gotap.module.version`. */
  moduleVersion?: string;
  /** `sum.example.org`: the checksum database's name. Stands in `gotap.sumdb.name`. */
  sumdbName?: string;
  /** `8/0/x005/123.p/4`: all that follows `/tile/`. Stands in `gotap.sumdb.tile`. */
  sumdbTile?: string;
  /** The URL's shape without values, for span names: `{module}/@v/{version}.zip`. Never holds a real path. */
  template: string;
}
