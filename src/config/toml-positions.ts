/** Both counted from 1; the column in UTF-16 units, as editors count. */
export interface Position {
  line: number;
  column: number;
}

/** Both as offsets: lines are counted only for the few places that are asked for. */
interface KeyOffsets {
  key: number;
  /** Where the value begins; of a table its header. */
  value: number;
}

export type PathElement = string | number;

/**
 * Where each key of a TOML document stands. The parser keeps no positions, so this reads the text a second time: it trusts
 * that the parser took it, and understands no more of it than where keys and values begin.
 */
export class TomlPositions {
  readonly #found = new Map<string, KeyOffsets>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#document();
  }

  /** Of the key, else of the nearest table around it; undefined for the document itself. */
  keyOf(path: readonly PathElement[]): Position | undefined {
    return this.#position(this.#nearest(path)?.key);
  }

  valueOf(path: readonly PathElement[]): Position | undefined {
    return this.#position(this.#nearest(path)?.value);
  }

  #nearest(path: readonly PathElement[]): KeyOffsets | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = this.#found.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #document(): void {
    const lists = new Map<string, number>();
    let table: PathElement[] = [];
    for (this.#skip(/[\s\uFEFF]/); this.#at < this.#text.length;) {
      const start = this.#at;
      if (this.#text.startsWith("[", this.#at)) {
        const isList = this.#text.startsWith("[[", this.#at);
        this.#at += isList ? 2 : 1;
        table = this.#header(this.#keys(), isList, lists);
        this.#note(table, start, start);
        this.#at += isList ? 2 : 1;
      } else this.#pair(table);
      this.#skip(/\s/);
      if (this.#at === start) return; // Not TOML after all.
    }
  }

  /** `[rule.timeouts]` below `[[rule]]` belongs to the last element of the list. */
  #header(
    keys: string[],
    isList: boolean,
    lists: Map<string, number>,
  ): PathElement[] {
    const path: PathElement[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      const name = JSON.stringify(path);
      const isNew = isList && index === keys.length - 1;
      if (isNew) lists.set(name, (lists.get(name) ?? -1) + 1);
      const element = lists.get(name);
      if (element !== undefined) path.push(element);
    });
    return path;
  }

  #pair(table: readonly PathElement[]): void {
    const start = this.#at;
    const path = [...table, ...this.#keys()];
    this.#at++; // The "=".
    this.#skip(/\s/);
    this.#note(path, start, this.#at);
    this.#value(path);
  }

  #note(path: readonly PathElement[], key: number, value: number): void {
    const name = JSON.stringify(path);
    if (!this.#found.has(name)) this.#found.set(name, { key, value });
  }

  /** A dotted key; ends before "=" or "]". */
  #keys(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skip(/[ \t]/);
      const quote = this.#text[this.#at];
      if (quote === '"' || quote === "'") {
        const raw = this.#string();
        keys.push(quote === '"' ? unescaped(raw) : raw);
      } else keys.push(this.#take(/[\w-]/));
      this.#skip(/[ \t]/);
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  #value(path: readonly PathElement[]): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.#list(path);
    else if (first === "{") this.#inlineTable(path);
    else this.#take(/[^,\]}\n#]/);
  }

  #list(path: readonly PathElement[]): void {
    this.#at++;
    for (let index = 0; this.#inside("]"); index++) {
      const element = [...path, index];
      this.#note(element, this.#at, this.#at);
      this.#value(element);
    }
  }

  #inlineTable(path: readonly PathElement[]): void {
    this.#at++;
    while (this.#inside("}")) this.#pair(path);
  }

  /** Steps over what separates elements. @returns false after the closing bracket */
  #inside(close: string): boolean {
    this.#skip(/[\s,]/);
    if (this.#at < this.#text.length && this.#text[this.#at] !== close)
      return true;
    this.#at++;
    return false;
  }

  /** Any of the four kinds of string. @returns what stood between the quotes */
  #string(): string {
    const quote = this.#text[this.#at] ?? '"';
    const fence = this.#text.startsWith(quote.repeat(3), this.#at)
      ? quote.repeat(3)
      : quote;
    const start = this.#at + fence.length;
    let end = start;
    while (end < this.#text.length && !this.#text.startsWith(fence, end))
      end += quote === '"' && this.#text[end] === "\\" ? 2 : 1;
    // A multi-line string may end in quotes of its own: """he said "so""""".
    while (fence.length === 3 && this.#text[end + 3] === quote) end++;
    this.#at = end + fence.length;
    return this.#text.slice(start, end);
  }

  #take(allowed: RegExp): string {
    const start = this.#at;
    while (
      this.#at < this.#text.length &&
      allowed.test(this.#text[this.#at] ?? "")
    )
      this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** White space of this kind, and comments. */
  #skip(blank: RegExp): void {
    for (;;) {
      this.#take(blank);
      if (this.#text[this.#at] !== "#") return;
      this.#take(/[^\n]/);
    }
  }

  #position(offset: number | undefined): Position | undefined {
    if (offset === undefined) return undefined;
    const before = this.#text.slice(0, offset);
    const lineStart = before.lastIndexOf("\n") + 1;
    return {
      line: before.split("\n").length,
      column: offset - lineStart + 1,
    };
  }
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw; // TOML's \U and \e are no JSON; the key is then shown as it was typed.
  }
}
