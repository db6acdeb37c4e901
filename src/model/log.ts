/**
 * The operator's log. One line a call, for a person; nothing a peer sent goes in raw (control characters are escaped by the
 * writer). `notice` is for what a user should see once, and is not repeated with the same key.
 */
export interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  /** Says it once in this process for each key. */
  notice(key: string, message: string): void;
}

export const SILENT: Log = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  notice() {},
};
