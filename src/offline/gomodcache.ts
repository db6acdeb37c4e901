import { join } from "node:path";

import { parseLookup, verifyLookup } from "../gosum/lookup.js";
import { sumdbNameOf } from "../gosum/sumdb-setting.js";
import { parseTilePath, tileBytes } from "../gosum/tile-path.js";
import { escapeCapitals, isCanonicalVersion } from "../model/module-name.js";
import { contentTypeOf } from "./content-type.js";
import { fileBelow, type FoundFile } from "./file-below.js";
import {
  isSafeModulePath,
  isSafeSumdbName,
  isSafeVersion,
} from "./file-name.js";
import type { OfflineRequest, OfflineStore } from "./store.js";
import { type WantedModuleFile, wantedModuleFile } from "./wanted-file.js";
import { isWholeInfo, isWholeZip, smallText } from "./whole.js";

/** The verifier key of a checksum database, by the name that go's requests give it; undefined where it is not known. */
export type SumdbKey = (sumdbName: string) => string | undefined;

/**
 * go's own module cache: `cache/download` is a GOPROXY tree, with the checksum database's files beside it (FACTS G19).
 * @param folder GOMODCACHE
 */
export function gomodcacheStore(
  folder: string,
  sumdbKey: SumdbKey,
): OfflineStore {
  const root = join(folder, "cache", "download");
  return {
    name: "gomodcache",
    async find(request) {
      const found = await findIn(root, request, sumdbKey);
      return found && { ...found, contentType: contentTypeOf(found.file) };
    },
  };
}

async function findIn(
  root: string,
  request: OfflineRequest,
  sumdbKey: SumdbKey,
): Promise<FoundFile | undefined> {
  if (request.kind === "sumdb-lookup")
    return lookupFile(root, request, sumdbKey);
  if (request.kind === "sumdb-tile") return tileFile(root, request, sumdbKey);
  const wanted = wantedModuleFile(request);
  return wanted === undefined ? undefined : moduleFile(root, wanted);
}

async function moduleFile(
  root: string,
  { path, version, extension }: WantedModuleFile,
): Promise<FoundFile | undefined> {
  if (!isSafeModulePath(path) || !isSafeVersion(version)) return undefined;
  const folder = join(escapeCapitals(path), "@v");
  const name = `${escapeCapitals(version)}.${extension}`;
  const found = await fileBelow(root, folder, name);
  if (found === undefined) return undefined;
  switch (extension) {
    case "mod":
      return found;
    case "info":
      return (await isWholeInfo(found, version)) ? found : undefined;
    case "zip":
      // The hash is written before the zip gets its name, and go itself believes in neither without the other
      // (cmd/go/internal/modfetch, DownloadZip).
      return (await hasZipHash(root, folder, `${name}hash`)) &&
        (await isWholeZip(found))
        ? found
        : undefined;
  }
}

async function hasZipHash(...parts: [string, ...string[]]): Promise<boolean> {
  const found = await fileBelow(...parts);
  const text = found === undefined ? undefined : await smallText(found);
  return /^h1:[A-Za-z0-9+/]{43}=\s*$/.test(text ?? "");
}

/** go writes look-ups in place, so one may be cut: only one that is whole, and signed where the key is known, counts. */
async function lookupFile(
  root: string,
  { modulePath = "", moduleVersion = "", sumdbName = "" }: OfflineRequest,
  sumdbKey: SumdbKey,
): Promise<FoundFile | undefined> {
  const key = sumdbKey(sumdbName);
  const name = key === undefined ? sumdbName : sumdbNameOf(key);
  if (!isSafeModulePath(modulePath) || !isSafeSumdbName(name)) return undefined;
  if (!isSafeVersion(moduleVersion) || !isCanonicalVersion(moduleVersion))
    return undefined;
  const found = await fileBelow(
    root,
    "sumdb",
    name,
    "lookup",
    `${escapeCapitals(modulePath)}@${escapeCapitals(moduleVersion)}`,
  );
  const text = found === undefined ? undefined : await smallText(found);
  if (text === undefined) return undefined;
  const isTrue =
    key === undefined
      ? parseLookup(text) !== undefined
      : verifyLookup(text, key, modulePath, moduleVersion).ok;
  return isTrue ? found : undefined;
}

/** A tile is written in place too; its length is known from its name. go checks it against the signed tree. */
async function tileFile(
  root: string,
  { sumdbName = "", sumdbTile = "" }: OfflineRequest,
  sumdbKey: SumdbKey,
): Promise<FoundFile | undefined> {
  const tile = parseTilePath(sumdbTile);
  const key = sumdbKey(sumdbName);
  const name = key === undefined ? sumdbName : sumdbNameOf(key);
  if (tile === undefined || !isSafeSumdbName(name)) return undefined;
  const found = await fileBelow(root, "sumdb", name, "tile", sumdbTile);
  return found?.bytes === tileBytes(tile) ? found : undefined;
}
