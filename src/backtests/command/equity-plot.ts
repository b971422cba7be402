/** An equity curve drawn with braille dots, for a terminal. */

import { moneyText } from '../../commands/text.ts';

/** A point of the curve: UTC ms and ten-thousandths. */
export interface PlotPoint {
  readonly at: number;
  readonly equity: number;
}

/** The size of the drawing in characters, without the scale beside it. */
export interface PlotSize {
  readonly columns: number;
  readonly lines: number;
}

const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;
const EMPTY_BRAILLE = 0x2800;
/** The bit of each dot of a braille character, by row and column (Unicode 3.0, block "Braille Patterns"). */
const DOT_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** What the curve did in one column of dots. */
interface Stretch {
  low: number;
  high: number;
}

/** Returns the lines of the drawing, with the highest and the lowest equity beside the first and the last. Needs two points. */
export function plotEquity(points: readonly PlotPoint[], { columns, lines }: PlotSize): readonly string[] {
  const values = points.map(({ equity }) => equity);
  const [low, high] = [least(values), -least(values.map((value) => -value))];
  const canvas = Array.from({ length: lines }, () => new Uint8Array(columns));
  const rows = lines * DOTS_DOWN;
  const rowOf = (equity: number) => Math.round(((high - equity) / (high - low || 1)) * (rows - 1));
  for (const [column, stretch] of stretches(points, columns * DOTS_ACROSS).entries()) {
    for (let row = rowOf(stretch.high); row <= rowOf(stretch.low); row += 1) setDot(canvas, column, row);
  }
  const labels = [moneyText(high), ...Array.from({ length: lines - 2 }, () => ''), moneyText(low)];
  const width = Math.max(...labels.map((label) => label.length));
  return canvas.map((cells, line) => `${(labels[line] ?? '').padStart(width)} ┤${drawn(cells)}`);
}

/** Cuts the curve into columns of equal time; each begins where the one before ended, so that the line has no holes. */
function stretches(points: readonly PlotPoint[], count: number): readonly Stretch[] {
  const startsAt = points[0]?.at ?? 0;
  const length = (points.at(-1)?.at ?? 0) - startsAt || 1;
  let equity = points[0]?.equity ?? 0;
  let next = 0;
  return Array.from({ length: count }, (_, column) => {
    const endsAt = startsAt + (length * (column + 1)) / count;
    const stretch: Stretch = { low: equity, high: equity };
    for (let point = points[next]; point && point.at <= endsAt; point = points[(next += 1)]) {
      equity = point.equity;
      stretch.low = Math.min(stretch.low, equity);
      stretch.high = Math.max(stretch.high, equity);
    }
    return stretch;
  });
}

function setDot(canvas: readonly Uint8Array[], column: number, row: number): void {
  const cells = canvas[Math.floor(row / DOTS_DOWN)];
  const place = Math.floor(column / DOTS_ACROSS);
  const bit = DOT_BITS[row % DOTS_DOWN]?.[column % DOTS_ACROSS] ?? 0;
  if (cells) cells[place] = (cells[place] ?? 0) | bit;
}

function drawn(cells: Uint8Array): string {
  return String.fromCharCode(...Array.from(cells, (bits) => EMPTY_BRAILLE | bits));
}

function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Infinity);
}
