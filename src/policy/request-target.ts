import type { Origin } from "../model/way.js";
import { parseAbsoluteForm } from "./host-port.js";

/** Go's longest URLs, sumdb look-ups and signed storage links, stay below 8 KiB. */
const MAX_TARGET = 32 * 1024;

/** Printable ASCII: what else a URL holds is percent-encoded. `#` is for the client alone. */
const TARGET = /^[!"$-~]+$/;

export interface ReadTarget {
  form: "origin" | "absolute" | "asterisk";
  /** Origin-form, or `*`. */
  target: string;
  /** Of the absolute form alone; `authority` as it is written there. */
  origin?: Origin;
  authority?: string;
}

export interface TargetFault {
  status: 400 | 414;
  cause: string;
}

/** Reads a request target in any form but CONNECT's (RFC 9112 §3.2). */
export function readTarget(
  target: string,
  method: string,
): ReadTarget | TargetFault {
  if (target.length > MAX_TARGET)
    return { status: 414, cause: "a target of more than 32 KiB" };
  if (!TARGET.test(target))
    return { status: 400, cause: "a malformed request target" };
  if (target.startsWith("/")) return { form: "origin", target };
  if (target === "*" && method === "OPTIONS")
    return { form: "asterisk", target };
  const parsed = parseAbsoluteForm(target);
  if ("error" in parsed)
    return { status: 400, cause: `a bad target: ${parsed.error}` };
  const authority = target.split(/[/?]/, 3)[2] ?? "";
  return { form: "absolute", ...parsed, authority };
}
