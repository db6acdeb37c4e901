interface Level {
  bytes: number;
  /** More open bodies than this: the next narrower level. */
  upTo: number;
  /** Fewer than this: the next wider level. */
  from: number;
}

/**
 * What a stopped reader may cost at most (FACTS L21), against what a far peer needs: with a round trip of 50 ms a stream gets its
 * window 20 times a second. The widest is Go's own (golang.org/x/net/http2, transportDefaultStreamFlow): with less, a zip that go
 * alone gets in one round trip takes two.
 */
const LEVELS: readonly [Level, ...Level[]] = [
  { bytes: 4 << 20, from: 0, upTo: 8 },
  { bytes: 1 << 20, from: 6, upTo: 32 },
  { bytes: 1 << 18, from: 24, upTo: Infinity },
];

/**
 * The receive window of every HTTP/2 stream of one upstream: wide while few bodies are open, narrow while many are, so that
 * memory stays bounded however many readers stop.
 */
export class StreamWindows {
  private openBodies = 0;
  private level = 0;
  private readonly appliers = new Set<(bytes: number) => void>();

  /** For streams from now on; SETTINGS_INITIAL_WINDOW_SIZE also moves the window of those that are open (RFC 9113 §6.9.2). */
  get bytes(): number {
    return (LEVELS[this.level] ?? LEVELS[0]).bytes;
  }

  /** @param apply told of each change, until `leave` */
  join(apply: (bytes: number) => void): void {
    this.appliers.add(apply);
  }

  leave(apply: (bytes: number) => void): void {
    this.appliers.delete(apply);
  }

  bodyOpened(): void {
    this.openBodies += 1;
    const { upTo } = LEVELS[this.level] ?? LEVELS[0];
    if (this.openBodies > upTo) this.change(this.level + 1);
  }

  bodyClosed(): void {
    this.openBodies -= 1;
    const { from } = LEVELS[this.level] ?? LEVELS[0];
    if (this.openBodies < from) this.change(this.level - 1);
  }

  private change(level: number): void {
    this.level = level;
    for (const apply of this.appliers) apply(this.bytes);
  }
}
