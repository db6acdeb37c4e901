/**
 * A value of a file or variable as a message may show it: as JSON, at most 60 characters, with control and bidi characters
 * escaped (a file of a cloned repository is no friend).
 */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return short.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) =>
      `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}}`,
  );
}
