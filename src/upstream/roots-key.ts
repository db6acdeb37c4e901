import { createHash } from "node:crypto";

import type { TargetTrust } from "../model/upstream.js";

/** Lists of roots are handed in again and again: each is hashed once. */
const hashed = new WeakMap<readonly string[], string>();

/** Equal for equal sets of additional roots; undefined where there are none, or where no certificate is looked at anyway. */
export function rootsKey(trust: TargetTrust | undefined): string | undefined {
  const roots = trust?.insecure === true ? undefined : trust?.extraRoots;
  if (roots === undefined || roots.length === 0) return undefined;
  const known = hashed.get(roots);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const pem of roots.toSorted()) hash.update(pem).update("\0");
  const key = hash.digest("base64");
  hashed.set(roots, key);
  return key;
}
