import { escapeCapitals } from "../model/module-name.js";
import { contentTypeOf } from "./content-type.js";
import { fileBelow, type FoundFile } from "./file-below.js";
import { isSafeModulePath, isSafeVersion } from "./file-name.js";
import type { OfflineStore } from "./store.js";
import { type WantedModuleFile, wantedModuleFile } from "./wanted-file.js";
import { isWholeInfo, isWholeZip } from "./whole.js";

/**
 * The disk storage of an Athens proxy: `MODULE/VERSION/{go.mod,source.zip,VERSION.info}`, the module's path with its capital
 * letters as they are (github.com/gomods/athens, pkg/storage/fs). It holds nothing of a checksum database.
 * @param folder ATHENS_DISK_STORAGE_ROOT
 */
export function athensStore(folder: string): OfflineStore {
  return {
    name: "athens",
    async find(request) {
      const wanted = wantedModuleFile(request);
      const found =
        wanted === undefined ? undefined : await moduleFile(folder, wanted);
      return found && { ...found, contentType: contentTypeOf(found.file) };
    },
  };
}

async function moduleFile(
  root: string,
  { path, version, extension }: WantedModuleFile,
): Promise<FoundFile | undefined> {
  if (!isSafeModulePath(path) || !isSafeVersion(version)) return undefined;
  // Athens takes a version from the URL or from go's answer, so its capital letters may be escaped or not.
  for (const stored of new Set([version, escapeCapitals(version)])) {
    // Athens writes in place, and the .info last: where it is whole, the others are.
    const info = await fileBelow(root, path, stored, `${stored}.info`);
    if (info === undefined || !(await isWholeInfo(info, version))) continue;
    if (extension === "info") return info;
    if (extension === "mod") return fileBelow(root, path, stored, "go.mod");
    const zip = await fileBelow(root, path, stored, "source.zip");
    return zip !== undefined && (await isWholeZip(zip)) ? zip : undefined;
  }
  return undefined;
}
