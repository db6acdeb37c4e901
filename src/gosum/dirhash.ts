import { createHash } from "node:crypto";

export interface HashedFile {
  /** As in the module's zip: `example.com/m@v1.0.0/go.mod`; for a go.mod alone `go.mod`. */
  name: string;
  content: Uint8Array | string;
}

/**
 * go.sum's `h1:` hash of a list of files (golang.org/x/mod/sumdb/dirhash, Hash1): their order does not matter.
 * @returns undefined where a name holds a newline, which the format cannot express
 */
export function hash1(files: readonly HashedFile[]): string | undefined {
  if (files.some(({ name }) => name.includes("\n"))) return undefined;
  const summary = createHash("sha256");
  for (const { name, content } of files.toSorted(byBytes)) {
    const digest = createHash("sha256").update(content).digest("hex");
    summary.update(`${digest}  ${name}\n`);
  }
  return `h1:${summary.digest("base64")}`;
}

/** The `h1:` hash of a go.mod alone: the line `MODULE VERSION/go.mod` of a go.sum. */
export function goModHash(content: Uint8Array | string): string | undefined {
  return hash1([{ name: "go.mod", content }]);
}

/** As Go sorts strings; JavaScript would compare UTF-16 units. */
function byBytes(a: HashedFile, b: HashedFile): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
