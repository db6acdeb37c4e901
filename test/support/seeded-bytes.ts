import { createCipheriv, createHash } from "node:crypto";

/** Bytes that look random and are the same for the same seed: an AES-CTR key stream, faster than any download. */
export function seededBytes(seed: string, length: number): Buffer {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  return cipher.update(Buffer.alloc(length));
}

/** Go source that compresses about as well as real code does, at least `length` bytes. */
export function seededSource(
  seed: string,
  packageName: string,
  length: number,
): Buffer {
  const lines = [`package ${packageName}`, ""];
  let bytes = 0;
  for (let i = 0; bytes < length; i++) {
    const word = createHash("sha256").update(`${seed}/${i}`).digest("hex");
    const line = `// Item${i} is what ${word.slice(0, 12)} stands for.\nconst Item${i} = "${word}"\n`;
    lines.push(line);
    bytes += line.length;
  }
  return Buffer.from(lines.join("\n"));
}

/** The same bytes up to `at`, and from there on every one another. */
export function differentFrom(bytes: Uint8Array, at: number): Buffer {
  return Buffer.concat([
    bytes.subarray(0, at),
    bytes.subarray(at).map((byte) => byte ^ 0xff),
  ]);
}
