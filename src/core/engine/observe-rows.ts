/** Shows rows of quotes to what observes the equity at them, and leaves out those that it would keep nothing of. */

import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { Portfolio } from './portfolio.ts';

/** So many rows are looked at together: one that must be observed makes all of them be observed. */
const STRETCH_ROWS = 64;

/** Looking at fewer rows takes longer than observing each: those of a candle's path are fewer. */
const LEAST_STRETCH_ROWS = 8;

/** What observes quotes with the equity at them, in order of time. The quote may be the same object every time. */
export interface QuoteObserver {
  observe(quote: Quote, equity: number): void;
  /**
   * Whether observing this would leave more behind than the next observation replaces. When it is false for a quote and for one that
   * has the same time and is worse, it must be false for all that are not later and lie between them.
   */
  wouldKeep(quote: Quote, equity: number): boolean;
}

/** A quote that is moved from row to row. */
export type MovingQuote = { -readonly [key in keyof Quote]: Quote[key] };

/** Rows of quotes, and what observes them. */
export interface ObservedRows {
  readonly rows: QuoteRows;
  readonly range: RowRange;
  readonly observer: QuoteObserver;
}

/** Moves a quote to a row. */
export function moveTo(quote: MovingQuote, { times, bid, ask }: QuoteRows, row: number): void {
  quote.at = times[row] ?? 0;
  quote.bid = bid[row] ?? 0;
  quote.ask = ask[row] ?? 0;
}

/**
 * Shows rows to an observer, so that it has afterwards what it would have if it had observed each. The quote is the one in force in the
 * portfolio, so moving it moves the equity.
 */
export function observeRows(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): void {
  const { rows, range, observer } = observed;
  if (range.to - range.from < LEAST_STRETCH_ROWS) return observeEach(portfolio, quote, observed);
  for (let { from } = range; from < range.to; from += STRETCH_ROWS) {
    const to = Math.min(from + STRETCH_ROWS, range.to);
    // Where nothing would be kept, the last row replaces what those before it would have left.
    const first = wouldKeepAny(portfolio, quote, { rows, range: { from, to }, observer }) ? from : to - 1;
    observeEach(portfolio, quote, { rows, range: { from: first, to }, observer });
  }
}

function observeEach(
  portfolio: Portfolio,
  quote: MovingQuote,
  { rows, range, observer }: ObservedRows,
): void {
  for (let row = range.from; row < range.to; row += 1) {
    moveTo(quote, rows, row);
    observer.observe(quote, portfolio.equity());
  }
}

/**
 * Whether anything of a stretch may be kept: judged by the worst and the best quote that its prices make, because the equity at each
 * row lies between those at the two. Where results are converted it may not, and each row is observed.
 */
function wouldKeepAny(
  portfolio: Portfolio,
  quote: MovingQuote,
  { rows, range, observer }: ObservedRows,
): boolean {
  if (!portfolio.value.followsPrices) return true;
  const { times, bid, ask } = rows;
  let lowBid = bid[range.from] ?? 0;
  let highBid = lowBid;
  let lowAsk = ask[range.from] ?? 0;
  let highAsk = lowAsk;
  for (let row = range.from + 1; row < range.to; row += 1) {
    const rowBid = bid[row] ?? 0;
    const rowAsk = ask[row] ?? 0;
    if (rowBid < lowBid) lowBid = rowBid;
    else if (rowBid > highBid) highBid = rowBid;
    if (rowAsk < lowAsk) lowAsk = rowAsk;
    else if (rowAsk > highAsk) highAsk = rowAsk;
  }
  quote.at = times[range.to - 1] ?? 0;
  quote.bid = lowBid;
  quote.ask = highAsk;
  if (observer.wouldKeep(quote, portfolio.equity())) return true;
  quote.bid = highBid;
  quote.ask = lowAsk;
  return observer.wouldKeep(quote, portfolio.equity());
}
