/** One tile of a checksum database's log (golang.org/x/mod/sumdb/tlog, Tile). */
export interface Tile {
  /** 1 to 30; a full tile has 2 ** height hashes. */
  height: number;
  /** 0 to 63; `data`: the records themselves. */
  level: number | "data";
  /** Its number within the level. */
  index: bigint;
  /** How many hashes it has, 1 to 2 ** height. */
  width: number;
}

const SHAPE =
  /^([1-9]\d?)\/(data|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,9}))?$/;
const HASH_BYTES = 32;

/**
 * Reads what follows `/tile/` in a tile's URL: `8/0/x005/123.p/4`.
 * @returns undefined where it is not the one way to write that tile (ParseTilePath)
 */
export function parseTilePath(path: string): Tile | undefined {
  const match = SHAPE.exec(path);
  if (match === null) return undefined;
  const [, h = "", l = "", n = "", w] = match;
  const height = Number(h);
  const width = w === undefined ? 2 ** height : Number(w);
  const isWide = w !== undefined && width >= 2 ** height;
  const isPadded = n.startsWith("x000/");
  const level = l === "data" ? l : Number(l);
  if (height > 30 || isWide || isPadded || (level !== "data" && level > 63))
    return undefined;
  const index = BigInt(n.replaceAll(/[x/]/g, ""));
  return index < 2n ** 63n ? { height, level, index, width } : undefined;
}

/** How many bytes a tile has; undefined for one of records, whose length is its own. */
export function tileBytes({ level, width }: Tile): number | undefined {
  return level === "data" ? undefined : width * HASH_BYTES;
}
