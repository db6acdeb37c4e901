import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { readGoSettings } from "../evidence/go-settings.js";
import { GotapError } from "../model/failure.js";
import type { TraceRecords } from "../model/trace.js";
import { columnsOf, wantsColor, wantsUnicode } from "../report/style.js";
import { summaryText } from "../report/summary-text.js";
import { summaryOf } from "../report/summary.js";
import { bugText, surviveBugs } from "./bugs.js";
import { CannotStart, type Child, startChild } from "./child.js";
import { type ColdCache, makeColdCache } from "./cold-cache.js";
import type { CliContext } from "./context.js";
import type { PreparedRun, RunOptions } from "./prepared-run.js";
import { proxyEnvironment } from "./environment.js";
import { attachedRun } from "./run-attached.js";
import { ownRun } from "./run-own.js";
import { originalEnvironment } from "./saved-environment.js";

/** Everything that fails before the child has started is gotap's own failure (POSIX env, timeout, nice: 125). */
const OWN_FAILURE = 125;

/**
 * @returns the exit code; see `gotap run --help`
 * @throws GotapError OUTPUT_STDOUT
 */
export async function runAction(
  words: readonly string[],
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  if (options.output === "-")
    throw new GotapError(
      "OUTPUT_STDOUT",
      "-o - would mix the summary with what the command writes to stdout",
      "name a file: -o summary.json",
      2,
    );
  let prepared: PreparedRun | undefined;
  let cold: ColdCache | undefined;
  try {
    const base = originalEnvironment(context.env);
    const goflags = options.cold === true ? goFlags(base, context.cwd) : "";
    prepared = await (options.attach === true ? attachedRun : ownRun)(
      words,
      options,
      context,
    );
    if (options.cold === true) cold = makeColdCache(await goflags);
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
    surviveBugs(context.stderr);
    return await followed(child, prepared, options, context);
  } catch (error) {
    const code =
      error instanceof CannotStart ? error.shellExitCode : OWN_FAILURE;
    say(context, error);
    await quietly(context, prepared?.end({ exitCode: code }));
    return code;
  } finally {
    const left = cold?.remove();
    if (left !== undefined)
      context.stderr.write(`gotap: ${left} could not be removed\n`);
    await quietly(context, prepared?.close());
  }
}

/** What fails at the end is told, and changes no exit code. */
async function quietly(
  context: CliContext,
  ending: Promise<unknown> | undefined,
): Promise<void> {
  await ending?.catch((error: unknown) => {
    say(context, error);
  });
}

/** GOFLAGS as go would have them: `go env -w` counts. Without a go, the variable. */
async function goFlags(env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const settings = await readGoSettings({ goBinary: "go", cwd, env });
  return (settings.ok ? settings.env : env)["GOFLAGS"] ?? "";
}

/** Whatever happens to us now, the child's exit code counts. */
async function followed(
  child: Child,
  prepared: PreparedRun,
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  const progress = prepared.startProgress?.();
  const { exitCode, signal } = await child.ended;
  progress?.close();
  try {
    const records = await prepared.end({
      exitCode,
      childPid: child.pid,
      ...(signal === undefined ? {} : { signal }),
    });
    if (records !== undefined)
      tell(records, prepared.stored(), options, context);
  } catch (error) {
    say(context, error);
  }
  return exitCode;
}

function tell(
  records: TraceRecords,
  stored: boolean,
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
      columns: columnsOf(env, stderr),
      color: wantsColor(env, stderr.isTTY),
      unicode: wantsUnicode(env),
      stored,
    }),
  );
}

/** A failure of ours in two lines, a bug of ours with its stack. */
function say({ stderr }: CliContext, error: unknown): void {
  if (!(error instanceof GotapError)) {
    stderr.write(bugText(error));
    return;
  }
  stderr.write(`gotap: ${error.message}\n`);
  if (error.hint !== undefined) stderr.write(`  ${error.hint}\n`);
}
