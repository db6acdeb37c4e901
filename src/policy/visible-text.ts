/**
 * Characters that a terminal obeys or that make text read otherwise than it is: controls, bidi marks and overrides, line and
 * paragraph separators, zero-width characters, unpaired surrogates.
 */
const UNSAFE =
  /[\p{Cc}\p{Cs}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

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
