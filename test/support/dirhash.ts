import { createHash } from "node:crypto";

/**
 * go.sum's `h1:` hash (golang.org/x/mod/sumdb/dirhash, Hash1). Written apart from src/gosum on purpose: a test that checked
 * the product with the product's own hash could not fail.
 */
export function h1(
  files: readonly { name: string; content: Uint8Array }[],
): string {
  const lines = files
    .map(({ name, content }) => ({
      name,
      line: `${createHash("sha256").update(content).digest("hex")}  ${name}\n`,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const summary = createHash("sha256");
  for (const { line } of lines) summary.update(line);
  return `h1:${summary.digest("base64")}`;
}
