/** What a stopped reader may cost (FACTS L21): 32 with 1 MiB windows hold 42 MB, with 256 KiB 14 MB. */
const WIDE = 1 << 20;
const NARROW = 1 << 18;
const NARROW_ABOVE = 32;
const WIDE_BELOW = 24;

/**
 * The receive window of every HTTP/2 stream of one upstream: wide while few bodies are open, narrow while many are, so that
 * memory stays bounded however many readers stop.
 */
export class StreamWindows {
  private openBodies = 0;
  private readonly appliers = new Set<(bytes: number) => void>();

  /** For streams from now on; SETTINGS_INITIAL_WINDOW_SIZE also moves the window of those that are open (RFC 9113 §6.9.2). */
  bytes = WIDE;

  /** @param apply told of each change, until `leave` */
  join(apply: (bytes: number) => void): void {
    this.appliers.add(apply);
  }

  leave(apply: (bytes: number) => void): void {
    this.appliers.delete(apply);
  }

  bodyOpened(): void {
    this.openBodies += 1;
    if (this.openBodies > NARROW_ABOVE) this.change(NARROW);
  }

  bodyClosed(): void {
    this.openBodies -= 1;
    if (this.openBodies < WIDE_BELOW) this.change(WIDE);
  }

  private change(bytes: number): void {
    if (this.bytes === bytes) return;
    this.bytes = bytes;
    for (const apply of this.appliers) apply(bytes);
  }
}
