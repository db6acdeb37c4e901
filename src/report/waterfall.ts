import type { Phase } from "../model/phase.js";
import { type Color, paint, type TextStyle } from "./style.js";

/**
 * What a stretch of a bar stands for: a phase, a pause between attempts, a request's time in neither, a change's instant, or the
 * whole of a run or session.
 */
export type Stretch = Phase | "backoff" | "change" | "request" | "whole";

interface Look {
  unicode: string;
  ascii: string;
  color: Color;
}

const LOOKS: Record<Stretch, Look> = {
  whole: { unicode: "━", ascii: "=", color: "dim" },
  request: { unicode: "·", ascii: ".", color: "dim" },
  change: { unicode: "◆", ascii: "!", color: "yellow" },
  backoff: { unicode: "╌", ascii: "z", color: "dim" },
  queue: { unicode: "┄", ascii: "q", color: "dim" },
  dns: { unicode: "░", ascii: "d", color: "cyan" },
  connect: { unicode: "▒", ascii: "c", color: "blue" },
  proxy: { unicode: "▞", ascii: "p", color: "blue" },
  tls: { unicode: "▓", ascii: "t", color: "magenta" },
  send: { unicode: "▴", ascii: "s", color: "cyan" },
  wait: { unicode: "─", ascii: "-", color: "yellow" },
  receive: { unicode: "█", ascii: "#", color: "green" },
};

const STRETCHES = Object.keys(LOOKS) as Stretch[];
/** In a bar's cells: 0 is nothing, 1 the first of LOOKS, and so on. */
const NUMBER_OF = Object.fromEntries(
  STRETCHES.map((stretch, index) => [stretch, index + 1]),
) as Record<Stretch, number>;
/** `whole` and `request`, which everything is drawn over. */
const LAST_BACKGROUND = 2;

export interface Segment {
  stretch: Stretch;
  startUs: number;
  endUs: number;
}

/** The time that a waterfall shows, and how many cells it has. */
export interface Axis {
  startUs: number;
  endUs: number;
  cells: number;
}

/**
 * One line of the waterfall, without trailing spaces. A cell shows the segment that fills most of it, a later one of two
 * equals; a segment too short for a cell still shows where it stands alone.
 * @param segments may overlap; the first is the background
 * @param open draws `>` after what has no end yet
 */
export function waterfallBar(
  segments: readonly Segment[],
  axis: Axis,
  open: boolean,
  style: TextStyle,
): string {
  // Numbers, not objects: a trace of 10,000 spans asks for 100,000 cells before anything is compiled.
  const cells = new Uint8Array(axis.cells);
  const filled = new Float64Array(axis.cells);
  const perCell = Math.max(axis.endUs - axis.startUs, 1) / axis.cells;
  let last = -1;
  for (const { stretch, startUs, endUs } of segments) {
    const from = (startUs - axis.startUs) / perCell;
    const to = (endUs - axis.startUs) / perCell;
    const firstCell = clamp(Math.floor(from), axis.cells);
    const lastCell = Math.max(firstCell, clamp(Math.ceil(to) - 1, axis.cells));
    const number = NUMBER_OF[stretch];
    last = Math.max(last, lastCell);
    for (let cell = firstCell; cell <= lastCell; cell++) {
      const part = Math.min(to, cell + 1) - Math.max(from, cell);
      const before = cells[cell] ?? 0;
      if (before > LAST_BACKGROUND && part < (filled[cell] ?? 0)) continue;
      cells[cell] = number;
      filled[cell] = part;
    }
  }
  return draw(cells, last, open, style);
}

function clamp(cell: number, cells: number): number {
  return Math.min(Math.max(cell, 0), cells - 1);
}

/** Neighbours of one kind are painted together: a line stays short whatever its bar. */
function draw(
  cells: Uint8Array,
  last: number,
  open: boolean,
  style: TextStyle,
): string {
  let text = "";
  let index = 0;
  while (index <= last) {
    const number = cells[index] ?? 0;
    const start = index;
    while (index <= last && cells[index] === number) index++;
    const stretch = STRETCHES[number - 1];
    const run = glyph(stretch, style).repeat(index - start);
    const shown = open && index > last ? `${run.slice(0, -1)}>` : run;
    const color = stretch === undefined ? undefined : LOOKS[stretch].color;
    text += paint(shown, color, style.color);
  }
  return text;
}

function glyph(stretch: Stretch | undefined, style: TextStyle): string {
  if (stretch === undefined) return " ";
  return style.unicode ? LOOKS[stretch].unicode : LOOKS[stretch].ascii;
}

/** `░ dns  ▒ connect  …` for the phases that were drawn, on as many lines as `style.columns` asks for. */
export function legend(used: ReadonlySet<Stretch>, style: TextStyle): string[] {
  const lines: string[] = [];
  let width = 0;
  for (const stretch of STRETCHES) {
    if (!used.has(stretch) || stretch === "whole" || stretch === "request")
      continue;
    const mark = paint(
      glyph(stretch, style),
      LOOKS[stretch].color,
      style.color,
    );
    const item = `${mark} ${stretch}`;
    const cells = stretch.length + 4;
    if (lines.length === 0 || width + cells - 2 > style.columns) {
      lines.push(item);
      width = cells;
    } else {
      lines.push(`${lines.pop() ?? ""}  ${item}`);
      width += cells;
    }
  }
  return lines;
}
