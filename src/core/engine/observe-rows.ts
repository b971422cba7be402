/** Shows rows of quotes to what observes the equity at them, and leaves out those that it would keep nothing of. */

import type { OpenUnits } from '../domain/account-value.ts';
import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { CalmPrices, PriceBounds } from './calm-prices.ts';
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
 * Shows rows to an observer, so that it has afterwards what it would have if it had observed each, but for the last one where that leaves
 * nothing: returns whether it has yet to be passed. The quote is the one in force in the portfolio, so moving it moves the equity. Where
 * results are converted the equity does not follow the prices, and each row is observed.
 */
export function observeRows(portfolio: Portfolio, quote: MovingQuote, observed: ObservedRows): boolean {
  const { rows, range, observer } = observed;
  const { to } = range;
  const { value } = portfolio;
  const units = value.followsPrices ? value.openUnits(quote.instrument) : undefined;
  for (let { from } = range; from < to; from += 1) {
    const row = observer.calm.firstOutside(quote.instrument, rows, { from, to });
    if (row === to) return true;
    // Of rows that are calm only the last before another day is passed.
    if (row > from && (rows.times[row] ?? 0) >= observer.calmUntil)
      passRow(portfolio, quote, observed, row - 1);
    from = row;
    moveTo(quote, rows, row);
    const equity = portfolio.equity();
    observer.observe(quote, equity);
    if (units && !observer.wouldKeep(quote.at, equity)) widenCalm(portfolio, quote, units, observer);
  }
  return false;
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

/**
 * Adds a quote that was observed, and would leave nothing if it were again, to the calm prices. With lots of one side the equity at all of them
 * lies between those at bounds that were observed. With lots of both sides those at the outermost prices are looked at first, for
 * which the quote is moved.
 */
function widenCalm(
  portfolio: Portfolio,
  quote: MovingQuote,
  units: OpenUnits,
  observer: QuoteObserver,
): void {
  const { at } = quote;
  const { calm, calmUntil } = observer;
  if (units.long === 0 || units.short === 0) return calm.widen(quote, units, calmUntil);
  // The steps of rounding in parts of units are not looked into.
  if (!Number.isInteger(units.long) || !Number.isInteger(units.short)) return;
  const { instrument, bid, ask } = quote;
  const bounds = calm.boundsWith(quote);
  moveToWorst(quote, bounds, units);
  if (observer.wouldKeep(at, portfolio.equity())) return;
  moveToBest(quote, bounds, units);
  if (observer.wouldKeep(at, portfolio.equity())) return;
  calm.widen({ instrument, at, bid, ask }, units, calmUntil);
}

/**
 * Where the equity is lowest: long × bid − short × ask is (long − short) × bid − short × spread, which falls with the bid if more is long,
 * and (long − short) × ask − long × spread, which falls as the ask rises if more is short.
 */
function moveToWorst(quote: MovingQuote, bounds: PriceBounds, { long, short }: OpenUnits): void {
  quote.bid = long >= short ? bounds.lowBid : bounds.highAsk - bounds.highSpread;
  quote.ask = quote.bid + bounds.highSpread;
}

function moveToBest(quote: MovingQuote, bounds: PriceBounds, { long, short }: OpenUnits): void {
  quote.bid = long >= short ? bounds.highBid : bounds.lowAsk - bounds.lowSpread;
  quote.ask = quote.bid + bounds.lowSpread;
}
