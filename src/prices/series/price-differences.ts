/** Price columns as differences: from the row before, and from the price beside it in the same row. Int32 throughout, wrapping around. */

import type { PriceKind } from './price-columns.ts';

/** Returns the columns as differences, in the same order. */
export function encodePrices(kind: PriceKind, columns: readonly Int32Array[]): readonly Int32Array[] {
  return PLANS[kind].map((base, index) => {
    const column = columns[index];
    const from = columns[base.column];
    if (column === undefined || from === undefined) return new Int32Array(0);
    const differences = new Int32Array(column.length);
    // Without a row before it, the first row keeps its value. Int32Array keeps the lowest 32 bits of what it is given.
    if (base.isRowBefore) {
      for (let row = 0; row < column.length; row += 1) {
        differences[row] = (column[row] ?? 0) - (row === 0 ? 0 : (from[row - 1] ?? 0));
      }
    } else {
      for (let row = 0; row < column.length; row += 1)
        differences[row] = (column[row] ?? 0) - (from[row] ?? 0);
    }
    return differences;
  });
}

/** Returns the columns that were encoded as `differences`, in whose place they are written: buffers of another chunk's size cost more than the sums. */
export function decodePrices(kind: PriceKind, differences: readonly Int32Array[]): readonly Int32Array[] {
  return kind === 'quotes' ? decodeQuotes(differences) : decodeCandles(differences);
}

/** What a column is written as a difference from: another column (or itself) in the same row or in the row before. */
interface Base {
  readonly column: number;
  readonly isRowBefore: boolean;
}

const sameRow = (column: number): Base => ({ column, isRowBefore: false });
const rowBefore = (column: number): Base => ({ column, isRowBefore: true });

// Columns are in the order of `priceColumnsOf`. A candle opens near the close before it; the ask is the bid and the spread.
const PLANS: Readonly<Record<PriceKind, readonly Base[]>> = {
  quotes: [rowBefore(0), sameRow(0)],
  candles: [rowBefore(3), sameRow(0), sameRow(0), sameRow(0), sameRow(0), sameRow(1), sameRow(2), sameRow(3)],
};

const EMPTY = new Int32Array(0);

function decodeQuotes(differences: readonly Int32Array[]): readonly Int32Array[] {
  const [bidSteps = EMPTY, spreads = EMPTY] = differences;
  let previous = 0;
  for (let row = 0; row < bidSteps.length; row += 1) {
    previous = (previous + (bidSteps[row] ?? 0)) | 0;
    bidSteps[row] = previous;
  }
  return [bidSteps, add(bidSteps, spreads)];
}

function decodeCandles(differences: readonly Int32Array[]): readonly Int32Array[] {
  const [opens = EMPTY, highs = EMPTY, lows = EMPTY, closes = EMPTY, ...asks] = differences;
  let close = 0;
  for (let row = 0; row < opens.length; row += 1) {
    const open = (close + (opens[row] ?? 0)) | 0;
    close = (open + (closes[row] ?? 0)) | 0;
    opens[row] = open;
    closes[row] = close;
  }
  const bids = [opens, add(opens, highs), add(opens, lows), closes];
  return [...bids, ...bids.map((bid, index) => add(bid, asks[index] ?? EMPTY))];
}

/** Adds a column to the differences from it, and returns these. */
function add(base: Int32Array, differences: Int32Array): Int32Array {
  for (let row = 0; row < differences.length; row += 1)
    differences[row] = (base[row] ?? 0) + (differences[row] ?? 0);
  return differences;
}
