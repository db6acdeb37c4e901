/**
 * Characters that a terminal obeys or that make text read otherwise than it is: controls, bidi marks and overrides, zero-width
 * characters, line and paragraph separators, unpaired surrogates, and whatever has no meaning (yet).
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The text with every such character as `\u{…}`: one line, safe to print. */
export function visible(text: string): string {
  return text.replace(
    UNSAFE,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Bytes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** The text in at most so many bytes of UTF-8, cut between characters; what was cut ends in `…`. */
export function cutUtf8(text: string, maxBytes: number): string {
  if (utf8Length(text) <= maxBytes) return text;
  let kept = "";
  let bytes = utf8Length("…");
  for (const char of text) {
    bytes += utf8Length(char);
    if (bytes > maxBytes) break;
    kept += char;
  }
  return `${kept}…`;
}
