/** What a command may touch of the process it runs in: handed in, so that a test can run a command in its own process. */
export interface CliContext {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdin: NodeJS.ReadStream;
  /** Data. */
  stdout: NodeJS.WriteStream;
  /** Talk. */
  stderr: NodeJS.WriteStream;
  /** Set by the action; main turns it into the process's exit code. 0 until then. */
  exitCode: number;
}
