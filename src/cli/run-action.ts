import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { GotapError } from "../model/failure.js";
import type { TraceRecords } from "../model/trace.js";
import { wantsColor, wantsUnicode } from "../report/style.js";
import { summaryText } from "../report/summary-text.js";
import { summaryOf } from "../report/summary.js";
import { CannotStart, startChild } from "./child.js";
import { type ColdCache, makeColdCache } from "./cold-cache.js";
import type { CliContext } from "./context.js";
import type { PreparedRun, RunOptions } from "./prepared-run.js";
import { proxyEnvironment } from "./environment.js";
import { attachedRun } from "./run-attached.js";
import { ownRun } from "./run-own.js";
import { originalEnvironment } from "./saved-environment.js";

/** Everything that fails before the child has started is gotap's own failure (POSIX env, timeout, nice: 125). */
const OWN_FAILURE = 125;

/** @returns the exit code; see `gotap run --help` */
export async function runAction(
  words: readonly string[],
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  let prepared: PreparedRun | undefined;
  let cold: ColdCache | undefined;
  try {
    prepared = await (options.attach === true ? attachedRun : ownRun)(
      words,
      options,
      context,
    );
    const base = originalEnvironment(context.env);
    if (options.cold === true) cold = makeColdCache(base["GOFLAGS"] ?? "");
    const env = {
      ...base,
      ...proxyEnvironment({
        base,
        proxy: prepared.proxy,
        run: { runId: prepared.runId, token: prepared.token },
        bundles: prepared.bundles,
        keepNoProxy: options.keepNoProxy === true,
        traceparent: prepared.traceparent,
      }),
      ...cold?.env,
    };
    const child = await startChild(words, { env, cwd: context.cwd });
    const progress = prepared.startProgress?.();
    const { exitCode, signal } = await child.ended;
    progress?.close();
    const records = await prepared.end({
      exitCode,
      childPid: child.pid,
      ...(signal === undefined ? {} : { signal }),
    });
    if (records !== undefined) tell(records, options, context);
    return exitCode;
  } catch (error) {
    if (!(error instanceof GotapError)) throw error;
    say(context, error);
    const code =
      error instanceof CannotStart ? error.shellExitCode : OWN_FAILURE;
    await prepared?.end({ exitCode: code });
    return code;
  } finally {
    cold?.remove();
    await prepared?.close();
  }
}

function tell(
  records: TraceRecords,
  options: RunOptions,
  context: CliContext,
): void {
  const { stderr, env, cwd } = context;
  const summary = summaryOf(records, Date.now());
  if (options.output !== undefined) {
    const file = resolve(cwd, options.output);
    try {
      writeFileSync(file, `${JSON.stringify(summary, undefined, 2)}\n`);
    } catch (error) {
      // The child has done its work: its exit code counts, and the summary is still in the store.
      stderr.write(
        `gotap: ${file} cannot be written: ${(error as Error).message}\n`,
      );
    }
  }
  if (options.quiet === true) return;
  stderr.write(
    summaryText(summary, {
      columns: stderr.columns ?? 100,
      color: wantsColor(env, stderr.isTTY),
      unicode: wantsUnicode(env),
    }),
  );
}

function say({ stderr }: CliContext, error: GotapError): void {
  stderr.write(`gotap: ${error.message}\n`);
  if (error.hint !== undefined) stderr.write(`  ${error.hint}\n`);
}
