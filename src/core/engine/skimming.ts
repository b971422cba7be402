/** Quotes that no one decides on and that have no effects are taken by the row. */

import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { EngineParts } from './engine-parts.ts';

/** Returns the market time before which quotes may be skimmed, −Infinity when each must be stepped: see `Engine.skimmableUntil`. */
export function skimmableUntil(
  { state, unwinding, strategies }: EngineParts,
  instrumentName: string,
): number {
  const { limits, portfolio, timers } = state;
  const watchesLoss = limits.maxDailyLoss !== undefined && portfolio.hasOpenPositions;
  const isWaiting = strategies.hasWaiting || unwinding.isWaiting || state.wantedProtection.isWaiting;
  const closesAt = state.tradableUntil(instrumentName);
  if (closesAt === -Infinity) return closesAt;
  if (watchesLoss || isWaiting || !state.hasPricesBegun || !strategies.isCalm(instrumentName))
    return -Infinity;
  return Math.min(timers.nextAt, closesAt);
}

/** What is skimmed, and who sees each quote with the equity at it: the same object every time. */
export interface Skimmed {
  readonly rows: QuoteRows;
  readonly range: RowRange;
  readonly observe: ((quote: Quote, equity: number) => void) | undefined;
}

/** Takes rows of quotes as if each had been stepped, and returns the last of them: see `Engine.skim`. */
export function skim(
  { state, strategies }: EngineParts,
  instrumentName: string,
  { rows: { times, bid, ask }, range: { from, to }, observe }: Skimmed,
): Quote {
  const quote = { instrument: instrumentName, at: 0, bid: 0, ask: 0 };
  const market = strategies.marketOf(instrumentName);
  const { portfolio } = state;
  if (observe) portfolio.value.setQuote(quote);
  for (let row = from; row < to; row += 1) {
    quote.at = times[row] ?? 0;
    quote.bid = bid[row] ?? 0;
    quote.ask = ask[row] ?? 0;
    strategies.lengthenCandles(quote, market);
    if (observe) observe(quote, portfolio.equity());
  }
  state.advance(quote.at);
  const { at, bid: lastBid, ask: lastAsk } = quote;
  const last = { instrument: instrumentName, at, bid: lastBid, ask: lastAsk };
  portfolio.value.setQuote(last);
  return last;
}
