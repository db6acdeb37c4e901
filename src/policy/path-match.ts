/** What one place of a pattern asks of one character; a star asks for any run without a slash. */
type Token =
  | { type: "star" }
  | { type: "any" }
  | { type: "literal"; char: string }
  | { type: "class"; negated: boolean; ranges: [low: number, high: number][] };

/**
 * Go's path.Match, compiled: `*` and `?` stop at slashes, `[a-z]`, `[^a-z]`, `\` takes the next character as it is.
 * A character is a code point.
 * @returns undefined where the pattern is malformed (Go: ErrBadPattern)
 */
export function compileGlob(
  pattern: string,
): ((name: string) => boolean) | undefined {
  const tokens = tokenize(Array.from(pattern));
  return tokens && ((name) => matches(tokens, Array.from(name)));
}

function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let t = 0;
  let n = 0;
  // Only the last star need be tried again: it alone can still take a different share.
  let star: { token: number; next: number } | undefined;
  while (n < name.length || t < tokens.length) {
    const token = tokens[t];
    const char = name[n];
    if (token?.type === "star") {
      star = { token: t, next: n };
      t++;
    } else if (token !== undefined && char !== undefined && fits(token, char)) {
      t++;
      n++;
    } else {
      const swallowed = star && name[star.next];
      if (star === undefined || swallowed === undefined || swallowed === "/")
        return false;
      star.next++;
      t = star.token + 1;
      n = star.next;
    }
  }
  return true;
}

function fits(token: Exclude<Token, { type: "star" }>, char: string): boolean {
  if (token.type === "any") return char !== "/";
  if (token.type === "literal") return char === token.char;
  const code = char.codePointAt(0) ?? 0;
  const inside = token.ranges.some(
    ([low, high]) => low <= code && code <= high,
  );
  return inside !== token.negated;
}

function tokenize(pattern: readonly string[]): Token[] | undefined {
  const tokens: Token[] = [];
  let i = 0;
  while (i < pattern.length) {
    const char = pattern[i++] ?? "";
    if (char === "*") tokens.push({ type: "star" });
    else if (char === "?") tokens.push({ type: "any" });
    else if (char === "[") {
      const read = readClass(pattern, i);
      if (read === undefined) return undefined;
      tokens.push(read.token);
      i = read.next;
    } else {
      const literal = char === "\\" ? pattern[i++] : char;
      if (literal === undefined) return undefined;
      tokens.push({ type: "literal", char: literal });
    }
  }
  return tokens;
}

function readClass(
  pattern: readonly string[],
  start: number,
): { token: Token; next: number } | undefined {
  const negated = pattern[start] === "^";
  const ranges: [number, number][] = [];
  let i = negated ? start + 1 : start;
  while (ranges.length === 0 || pattern[i] !== "]") {
    const low = readClassChar(pattern, i);
    if (low === undefined) return undefined;
    i = low.next;
    let high = low;
    if (pattern[i] === "-") {
      const read = readClassChar(pattern, i + 1);
      if (read === undefined) return undefined;
      high = read;
      i = high.next;
    }
    ranges.push([low.code, high.code]);
  }
  return { token: { type: "class", negated, ranges }, next: i + 1 };
}

function readClassChar(
  pattern: readonly string[],
  at: number,
): { code: number; next: number } | undefined {
  const first = pattern[at];
  if (first === "-" || first === "]") return undefined;
  const next = first === "\\" ? at + 1 : at;
  const code = pattern[next]?.codePointAt(0);
  return code === undefined ? undefined : { code, next: next + 1 };
}
