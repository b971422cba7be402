/** Shows rows of quotes to what observes the equity at them, and leaves out those that it would keep nothing of. */

import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { CalmPrices } from './calm-prices.ts';
import type { Portfolio } from './portfolio.ts';

/** What observes quotes with the equity at them, in order of time. The quote may be the same object every time. */
export interface QuoteObserver {
  /** The prices at which it would keep nothing. It forgets them when what it observes, or a change of what is open, makes that wrong. */
  readonly calm: CalmPrices;
  /** The instant (UTC ms) from which an equity is kept whatever it is. */
  readonly calmUntil: number;
  observe(quote: Quote, equity: number): void;
  /** Takes a quote of which nothing is kept: it takes the place of the one observed last. */
  pass(at: number, equity: number): void;
  /**
   * Whether observing this equity would leave more behind than the next observation replaces. When it is false for two at the same time,
   * it must be false for all that are not later and lie between them.
   */
  wouldKeep(at: number, equity: number): boolean;
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
 * portfolio, so moving it moves the equity. Where results are converted the equity does not lie between those at the bounds of the
 * prices, and each row is observed.
 */
export function observeRows(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): void {
  const { rows, range, observer } = observed;
  const { to } = range;
  for (let { from } = range; from < to; from += 1) {
    const row = observer.calm.firstOutside(quote.instrument, rows, { from, to });
    // Of rows that are calm only the last is passed, and only where that is known.
    if (row > from && (row === to || (rows.times[row] ?? 0) >= observer.calmUntil))
      passRow(portfolio, quote, observed, row - 1);
    from = row;
    if (row === to) return;
    moveTo(quote, rows, row);
    observer.observe(quote, portfolio.equity());
    if (portfolio.value.followsPrices) widenCalm(portfolio, quote, observer);
  }
}

function passRow(
  portfolio: Portfolio,
  quote: MovingQuote,
  { rows, observer }: ObservedRows,
  row: number,
): void {
  moveTo(quote, rows, row);
  observer.pass(quote.at, portfolio.equity());
}

/** Adds the quote to the calm prices if nothing is kept at the worst and the best quote that they make then. The quote is moved. */
function widenCalm(portfolio: Portfolio, quote: MovingQuote, observer: QuoteObserver): void {
  const { instrument, at } = quote;
  const bounds = observer.calm.boundsWith(quote);
  quote.bid = bounds.lowBid;
  quote.ask = bounds.highAsk;
  if (observer.wouldKeep(at, portfolio.equity())) return;
  quote.bid = bounds.highBid;
  quote.ask = bounds.lowAsk;
  if (observer.wouldKeep(at, portfolio.equity())) return;
  observer.calm.note(instrument, bounds, observer.calmUntil);
}
