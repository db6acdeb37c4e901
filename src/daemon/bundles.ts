import type { Authority } from "../../certs/authority.js";
import { bundleFor } from "../../certs/trust-bundle.js";
import { BUNDLE_VARIABLES, type BundleFiles } from "../control/protocol.js";
import type { Log } from "../model/log.js";

/**
 * Writes the merged bundles that take the place of what each variable names now: what those held, or the system's own, plus
 * gotap's CA.
 * @param previous absolute file names
 */
export async function mergedBundles(
  authority: Authority,
  bundlesDir: string,
  previous: BundleFiles,
  log: Log,
): Promise<BundleFiles> {
  const written = new Map<string | undefined, string>();
  const write = async (previousFile: string | undefined): Promise<string> => {
    const result = await bundleFor({ authority, bundlesDir, previousFile });
    if (result.unreadable !== undefined)
      log.notice(
        `bundle ${result.unreadable}`,
        `${result.unreadable} cannot be read, so its certificates are missing in ${result.file}`,
      );
    return result.file;
  };
  const files: BundleFiles = {};
  for (const name of BUNDLE_VARIABLES) {
    const file = previous[name];
    const bundle = written.get(file) ?? (await write(file));
    written.set(file, bundle);
    files[name] = bundle;
  }
  return files;
}
