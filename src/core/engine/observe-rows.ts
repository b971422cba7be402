/** Shows rows of quotes to what observes the equity at them, and leaves out those that it would keep nothing of. */

import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { CalmPrices } from './calm-prices.ts';
import type { Portfolio } from './portfolio.ts';

/** So many rows are looked at together: one that must be observed makes all of them be observed. */
const STRETCH_ROWS = 64;

/** Fewer rows, such as those of a candle's path, are not judged before they are observed: it takes longer than to observe them. */
const LEAST_JUDGED_ROWS = 8;

/** What observes quotes with the equity at them, in order of time. The quote may be the same object every time. */
export interface QuoteObserver {
  /** The prices at which it would keep nothing. It forgets them when it observes a quote, and when what is open changes. */
  readonly calm: CalmPrices;
  /** The instant (UTC ms) from which a quote is kept whatever its price. */
  readonly calmUntil: number;
  observe(quote: Quote, equity: number): void;
  /** Takes a quote of which nothing is kept: it takes the place of the one observed last. */
  pass(at: number, equity: number): void;
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
 * portfolio, so moving it moves the equity. Where results are converted the equity does not lie between those at the bounds of the
 * prices, and each row is observed.
 */
export function observeRows(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): void {
  const { rows, range, observer } = observed;
  if (!portfolio.value.followsPrices) return observeEach(portfolio, quote, observed);
  if (range.to - range.from <= STRETCH_ROWS) return observeStretch(portfolio, quote, observed);
  for (let { from } = range; from < range.to; from += STRETCH_ROWS) {
    const to = Math.min(from + STRETCH_ROWS, range.to);
    observeStretch(portfolio, quote, { rows, range: { from, to }, observer });
  }
}

function observeStretch(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): void {
  const { rows, range, observer } = observed;
  const { calm } = observer;
  const { instrument } = quote;
  const last = range.to - 1;
  const at = rows.times[last] ?? 0;
  calm.measure(rows, range);
  if (!calm.includes(instrument, at)) {
    calm.widen(instrument, at);
    const isJudged = range.to - range.from >= LEAST_JUDGED_ROWS;
    if (!isJudged || wouldKeepAny(portfolio, quote, observer, at))
      return observeAndJudge(portfolio, quote, observed);
    calm.note(instrument, observer.calmUntil);
  }
  moveTo(quote, rows, last);
  observer.pass(at, portfolio.equity());
}

/** What was observed leaves nothing when it is observed again, unless it is the peak or the rows met what is kept by its time. */
function observeAndJudge(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): void {
  const { observer } = observed;
  observeEach(portfolio, quote, observed);
  if (!wouldKeepAny(portfolio, quote, observer, quote.at))
    observer.calm.note(quote.instrument, observer.calmUntil);
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

/** Whether anything between the measured bounds may be kept at an instant: judged by the worst and the best quote that they make. */
function wouldKeepAny(
  portfolio: Portfolio,
  quote: MovingQuote,
  observer: QuoteObserver,
  at: number,
): boolean {
  const { lowBid, highBid, lowAsk, highAsk } = observer.calm.bounds;
  quote.at = at;
  quote.bid = lowBid;
  quote.ask = highAsk;
  if (observer.wouldKeep(quote, portfolio.equity())) return true;
  quote.bid = highBid;
  quote.ask = lowAsk;
  return observer.wouldKeep(quote, portfolio.equity());
}
