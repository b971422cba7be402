/** Quotes that no one decides on and that have no effects are taken by the row. */

import { hasEquityHalts } from './equity-halts.ts';
import { moveTo, observeRows } from './observe-rows.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowRange, RowStretch } from '../domain/quote.ts';
import type { EngineState } from './engine-state.ts';
import type { EngineParts } from './engine-parts.ts';
import type { MovingQuote, QuoteObserver } from './observe-rows.ts';

/** Returns the market time before which quotes may be skimmed, −Infinity when each must be stepped: see `Engine.skimmableUntil`. */
export function skimmableUntil(parts: EngineParts, instrumentName: string, from: number): number {
  const { state, strategies } = parts;
  if (!maySkim(parts)) return -Infinity;
  const closesAt = state.tradableUntil(instrumentName);
  return Math.min(state.timers.nextAt, closesAt, strategies.calmUntil(instrumentName, from));
}

/** Whether quotes may be skimmed at all, until something changes. */
export function maySkim(parts: EngineParts): boolean {
  const { state } = parts;
  const { equityRules, limits } = state;
  // A peak of the equity counts, and must be seen.
  if (state.watchesEquity && hasEquityHalts(limits) && state.portfolio.hasOpenPositions) return false;
  const isUnmeasured = state.periods.isUnmeasured || (watchesLoss(state) && equityRules.isUnmeasured(limits));
  return !isWaiting(parts) && !isUnmeasured && state.hasPricesBegun;
}

/** Whether each quote counts, or the newest one alone: see `Engine.followsQuotes`. */
export function followsQuotes(parts: EngineParts): boolean {
  const { state, strategies } = parts;
  const { openOrders, openPositions } = state.portfolio.ledger;
  const isHolding = openOrders.size > 0 || openPositions.size > 0 || !state.inFlight.isEmpty;
  if (isHolding || strategies.hasAny || isWaiting(parts)) return true;
  const isLearning = state.limits.maxSpreadRatio !== undefined || state.periods.isUnmeasured;
  return isLearning || !state.hasPricesBegun;
}

/** Whether something is to be done at one of the next quotes. */
export function isWaiting({ state, unwinding, strategies }: EngineParts): boolean {
  return (
    strategies.hasWaiting ||
    unwinding.isWaiting ||
    state.wantedProtection.isWaiting ||
    state.missingStops.size > 0
  );
}

/** Returns the first row at which a loss reaches its limit or is near it, or the end of the stretch: see `Engine.firstAtLossLimit`. */
export function firstAtLossLimit(
  { state }: EngineParts,
  instrumentName: string,
  { bid, ask }: QuoteRows,
  { from, to, lowBid, highAsk }: RowStretch,
): number {
  if (from === to || !watchesLoss(state)) return to;
  const { equityRules, limits, portfolio } = state;
  const { value } = portfolio;
  const before = value.quoteOf(instrumentName);
  if (before === undefined) return from;
  const quote = { ...before };
  value.setQuote(quote);
  quote.bid = lowBid;
  quote.ask = highAsk;
  // Where nothing is converted the equity is nowhere lower than here.
  let row = value.followsPrices && !equityRules.hasNews(limits) ? to : from;
  for (; row < to; row += 1) {
    quote.bid = bid[row] ?? 0;
    quote.ask = ask[row] ?? 0;
    if (equityRules.hasNews(limits)) break;
  }
  value.setQuote(before);
  return row;
}

/** Returns the first of the candles with which a loss may reach its limit or be near it, or the end of the range. */
export function firstCandleAtLossLimit(
  { state }: EngineParts,
  instrumentName: string,
  candles: CandleRows,
  { from, to }: RowRange,
): number {
  if (from === to || !watchesLoss(state)) return to;
  const { equityRules, limits, portfolio } = state;
  const { value } = portfolio;
  const before = value.quoteOf(instrumentName);
  if (before === undefined) return from;
  const quote = { ...before };
  value.setQuote(quote);
  const hasNews = (bid = 0, ask = 0): boolean => {
    quote.bid = bid;
    quote.ask = ask;
    return equityRules.hasNews(limits);
  };
  const { bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose } = candles;
  // Only where nothing is converted is the equity at its lowest at the lowest bid and the highest ask.
  const hasOneWorst = value.followsPrices;
  let row = hasOneWorst && !hasNews(lowest(bidLow, from, to), highest(askHigh, from, to)) ? to : from;
  for (; row < to; row += 1) {
    const isReached = hasOneWorst
      ? hasNews(bidLow[row], askHigh[row])
      : hasNews(bidOpen[row], askOpen[row]) ||
        hasNews(bidHigh[row], askHigh[row]) ||
        hasNews(bidLow[row], askLow[row]) ||
        hasNews(bidClose[row], askClose[row]);
    if (isReached) break;
  }
  value.setQuote(before);
  return row;
}

function lowest(prices: Int32Array, from: number, to: number): number {
  let low = prices[from] ?? 0;
  for (let row = from + 1; row < to; row += 1) low = Math.min(low, prices[row] ?? 0);
  return low;
}

function highest(prices: Int32Array, from: number, to: number): number {
  let high = prices[from] ?? 0;
  for (let row = from + 1; row < to; row += 1) high = Math.max(high, prices[row] ?? 0);
  return high;
}

function watchesLoss({ watchesEquity, portfolio }: EngineState): boolean {
  return watchesEquity && portfolio.hasOpenPositions;
}

/** Learns what spread is usual at the time of a quote. */
export function learnSpread({ usualSpreads, equityRules }: EngineState, quote: Quote): void {
  usualSpreads.learn(quote, equityRules.hourOfWeek(quote.at));
}

/** What is skimmed, and what sees it. */
export interface Skimmed {
  readonly rows: QuoteRows;
  readonly stretch: RowStretch;
  readonly observer: QuoteObserver | undefined;
}

/** Takes rows of quotes as if each had been stepped, and returns the last of them: see `Engine.skim`. */
export function skim(
  { state, strategies }: EngineParts,
  instrumentName: string,
  { rows, stretch, observer }: Skimmed,
): Quote {
  strategies.showCalmRows(instrumentName, rows, stretch);
  const quote: MovingQuote = { instrument: instrumentName, at: 0, bid: 0, ask: 0 };
  state.portfolio.value.setQuote(quote);
  if (state.limits.maxSpreadRatio !== undefined) learnSpreads(state, quote, rows, stretch);
  const isUnpassed =
    observer !== undefined &&
    (observer.calm.includesRows(instrumentName, rows, stretch) ||
      observeRows(state.portfolio, quote, { rows, range: stretch, observer }));
  moveTo(quote, rows, stretch.to - 1);
  if (isUnpassed) observer.pass(quote.at, state.portfolio.equity());
  state.advance(quote.at);
  return quote;
}

export function learnSpreads(
  state: EngineState,
  quote: MovingQuote,
  rows: QuoteRows,
  { from, to }: RowRange,
): void {
  for (let row = from; row < to; row += 1) {
    moveTo(quote, rows, row);
    learnSpread(state, quote);
  }
}
