/** Prices as columns: how they are imported, stored and read back, one batch at a time. */

import type { CandleRows } from '../../core/domain/candle.ts';
import type { QuoteRows } from '../../core/domain/quote.ts';

/** The most rows in one batch, and so in one stored chunk: large enough to compress well, small enough to hold many. */
export const LONGEST_BATCH_ROWS = 10_000;

/** Quotes of a batch. */
export interface QuoteColumns extends QuoteRows {
  readonly kind: 'quotes';
}

/** Candles of a batch. */
export interface CandleColumns extends CandleRows {
  readonly kind: 'candles';
}

/** A batch of quotes or of candles. */
export type PriceColumns = QuoteColumns | CandleColumns;

/** What a price history is made of. */
export type PriceKind = PriceColumns['kind'];

/** How many price columns a batch of each kind has, not counting the times. */
export const PRICE_COLUMN_COUNTS = { quotes: 2, candles: 8 } as const satisfies Record<PriceKind, number>;

/** Returns the price columns in the order in which the interfaces above name them. */
export function priceColumnsOf(columns: PriceColumns): readonly Int32Array[] {
  if (columns.kind === 'quotes') return [columns.bid, columns.ask];
  const { bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose } = columns;
  return [bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose];
}

const EMPTY = new Int32Array(0);

/** Returns a batch of `kind` from its times and its price columns in the order of {@link priceColumnsOf}. */
export function assembleColumns(
  kind: PriceKind,
  times: Float64Array,
  prices: readonly Int32Array[],
): PriceColumns {
  const at = (index: number): Int32Array => prices[index] ?? EMPTY;
  if (kind === 'quotes') return { kind, times, bid: at(0), ask: at(1) };
  return {
    kind,
    times,
    bidOpen: at(0),
    bidHigh: at(1),
    bidLow: at(2),
    bidClose: at(3),
    askOpen: at(4),
    askHigh: at(5),
    askLow: at(6),
    askClose: at(7),
  };
}
