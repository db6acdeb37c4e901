import { createHash, generateKeyPairSync, sign } from "node:crypto";

import { NOT_FOUND, type Answer } from "./origin-answer.js";
import { unescapedPath, type TreeModule } from "./module-tree.js";

/** A checksum database with a key of its own, as go expects it (golang.org/x/mod/sumdb). */
export interface TestSumdb {
  name: string;
  /** `name+hash+key`, for `GOSUMDB="KEY URL"`. */
  key: string;
  /** `/supported`, `/latest`, `/lookup/…` and `/tile/8/…`, after `base` is cut off. */
  answer(path: string, base?: string): Answer;
}

const TILE_HEIGHT = 8;

/** A database that holds exactly these modules. */
export function makeSumdb(
  name: string,
  modules: readonly TreeModule[],
): TestSumdb {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  // The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key; 1 is the note format's number of the algorithm.
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const encoded = Buffer.concat([Buffer.from([1]), raw]);
  const keyHash = sha256(Buffer.from(`${name}\n`), encoded).subarray(0, 4);

  const records = modules.map(
    (m) =>
      `${m.path} ${m.version} ${m.zipHash}\n${m.path} ${m.version}/go.mod ${m.modHash}\n`,
  );
  const tree = new HashTree(
    records.map((text) => sha256(Buffer.from([0]), Buffer.from(text))),
  );
  const text = `go.sum database tree\n${records.length}\n${tree.root().toString("base64")}\n`;
  const signature = sign(null, Buffer.from(text), privateKey);
  const note = `${text}\n— ${name} ${Buffer.concat([keyHash, signature]).toString("base64")}\n`;

  const found = (body: string | Buffer): Answer => ({
    body,
    headers: {
      "content-type":
        typeof body === "string"
          ? "text/plain; charset=UTF-8"
          : "application/octet-stream",
    },
  });
  const lookups = new Map(
    modules.map((m, id) => [
      `/lookup/${m.escaped}@${m.version}`,
      `${id}\n${records[id]}\n${note}`,
    ]),
  );
  return {
    name,
    key: `${name}+${keyHash.toString("hex")}+${encoded.toString("base64")}`,
    answer(path, base = "") {
      if (!path.startsWith(base)) return NOT_FOUND;
      const rest = unescapedPath(path.slice(base.length));
      if (rest === "/supported") return found("");
      if (rest === "/latest") return found(note);
      const tile = rest.startsWith(`/tile/${TILE_HEIGHT}/`)
        ? tree.tile(rest.slice(`/tile/${TILE_HEIGHT}/`.length))
        : undefined;
      const body = lookups.get(rest) ?? tile;
      return body === undefined ? NOT_FOUND : found(body);
    },
  };
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 6962's Merkle tree over leaf hashes. */
class HashTree {
  readonly #leaves: readonly Buffer[];

  constructor(leaves: readonly Buffer[]) {
    this.#leaves = leaves;
  }

  root(): Buffer {
    return this.#hash(0, this.#leaves.length);
  }

  /** @param name `L/NNN[.p/W]`, N in groups of three digits, all but the last with an x before (tlog.Tile.Path) */
  tile(name: string): Buffer | undefined {
    const match = /^(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(name);
    if (match === null) return undefined;
    const level = Number(match[1]);
    const n = Number((match[2] ?? "").replaceAll(/[x/]/g, ""));
    const width = match[3] === undefined ? 2 ** TILE_HEIGHT : Number(match[3]);
    const size = 2 ** (TILE_HEIGHT * level);
    const first = n * 2 ** TILE_HEIGHT;
    if ((first + width) * size > this.#leaves.length) return undefined;
    return Buffer.concat(
      Array.from({ length: width }, (_, i) =>
        this.#hash((first + i) * size, (first + i + 1) * size),
      ),
    );
  }

  #hash(from: number, to: number): Buffer {
    if (to === from) return sha256();
    const leaf = this.#leaves[from];
    if (to - from === 1 && leaf !== undefined) return leaf;
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return sha256(
      Buffer.from([1]),
      this.#hash(from, from + half),
      this.#hash(from + half, to),
    );
  }
}
