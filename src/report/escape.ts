/**
 * What must not reach a terminal raw: C0, DEL and C1 controls (a peer's ESC would be obeyed), bidi controls (they turn a line
 * round), invisible and line-breaking characters, tags, and lone surrogates.
 */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- finding control characters is its purpose
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

/** Text from the network for a terminal: ESC is shown as `^[`, U+202E as `\u{202e}`; nothing of it can be obeyed. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (found) => {
    const code = found.codePointAt(0) ?? 0;
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    if (code === 0x7f) return "^?";
    return `\\u{${code.toString(16)}}`;
  });
}
