import type { Clock } from "../model/clock.js";
import type { Recorder } from "../observe/recorder.js";
import { progressLine } from "../report/progress-line.js";
import { emptyProgress, progressStep } from "../report/progress.js";
import { wantsUnicode } from "../report/style.js";
import type { CliContext } from "./context.js";
import { openStatusRow } from "./status-row.js";

/** Often enough to see that it moves, seldom enough to cost nothing. */
const EVERY_MS = 250;
/** A run that is over sooner shows nothing. */
const FIRST_AFTER_MS = 700;

/** The progress row of a run, on a terminal alone. */
export function showProgress(
  recorder: Pick<Recorder, "tap">,
  context: CliContext,
  clock: Clock,
): { close(): void } {
  const row = openStatusRow(context.stderr, context.env);
  if (row === undefined) return { close: () => {} };
  const unicode = wantsUnicode(context.env);
  let progress = emptyProgress();
  const stopTap = recorder.tap((record) => {
    progress = progressStep(progress, record);
  });
  const draw = (): void => {
    // Nothing came through us yet: the terminal is the child's alone.
    if (progress.requests > 0 || progress.open.size > 0)
      row.show(progressLine(progress, clock.nowMs(), row.columns(), unicode));
    timer = clock.after(EVERY_MS, draw);
  };
  let timer = clock.after(FIRST_AFTER_MS, draw);
  return {
    close() {
      timer.cancel();
      stopTap();
      row.close();
    },
  };
}
