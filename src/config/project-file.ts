import { GotapError } from "../model/failure.js";
import type { FileLayer } from "./file-layer.js";
import type { Layer } from "./layer.js";
import { trustedFiles, trustIn } from "./project-trust.js";

/** What a file of a project may set: a cloned repository chooses no roots, ways, mirrors, exports or names. */
const OPEN_TO_PROJECTS = ["timeouts", "retry"];

/**
 * As much of a project's file as counts: all of it where it is trusted as it is now, else its timeouts and retries.
 * @returns with one line where something in it was ignored
 */
export function projectLayer(
  file: string,
  layer: FileLayer,
  trustFile: string,
): { layer: Layer; notices: string[] } {
  const closed = Object.keys(layer.values).filter(
    (name) => !OPEN_TO_PROJECTS.includes(name),
  );
  if (closed.length === 0) return { layer, notices: [] };
  const { trusted, why } = judged(file, layer, trustFile);
  if (trusted) return { layer, notices: [] };
  const open = Object.entries(layer.values).filter(
    ([name]) => !closed.includes(name),
  );
  return {
    layer: { ...layer, values: Object.fromEntries(open) },
    notices: [
      `${why}; ignored: ${closed.join(", ")} (read it, and if you trust it: gotap config trust ${quoted(file)})`,
    ],
  };
}

function judged(
  file: string,
  layer: FileLayer,
  trustFile: string,
): { trusted: boolean; why: string } {
  try {
    const found = trustIn(file, layer, trustedFiles(trustFile));
    if (found.trusted) return { trusted: true, why: "" };
    const why =
      found.changed === undefined
        ? `${file}: a project's file may set timeouts and retry only`
        : `${found.changed} has changed since ${found.changed === file ? "it" : file} was trusted`;
    return { trusted: false, why };
  } catch (error) {
    if (!(error instanceof GotapError)) throw error;
    return { trusted: false, why: `${error.message} (${error.hint ?? ""})` };
  }
}

/** To paste into a shell. */
function quoted(file: string): string {
  return /^[\w./@%+=:,-]+$/.test(file)
    ? file
    : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
