/** Puts stored prices together to candles, one batch at a time and from either end. */

import { candleSpan } from '../../core/domain/candle.ts';
import { MarketClock } from '../../core/domain/market-clock.ts';
import { lastOpenInstantBefore } from '../../core/domain/trading-hours.ts';
import type { Candle, CandleSpan, Granularity } from '../../core/domain/candle.ts';
import type { TradingHoursName } from '../../core/domain/instrument.ts';
import type { CandleColumns, PriceColumns, QuoteColumns } from '../series/price-columns.ts';

/** What candles are made of and which: `hours` are those of the instrument, `sourceGranularity` that of stored candles. */
export interface CandleTerms {
  readonly instrument: string;
  readonly hours: TradingHoursName;
  readonly granularity: Granularity;
  readonly sourceGranularity: Granularity | undefined;
}

type OpenCandle = { -readonly [Name in keyof Candle]: Candle[Name] };

/**
 * Returns the candles of a batch, oldest first. Prices of closed hours make none, as in the strategies' own candles. `quotes` counts
 * quotes only: it is 0 where candles were stored. The first and the last may belong together with those of the neighbouring batches.
 */
export function foldCandles(columns: PriceColumns, terms: CandleTerms): Candle[] {
  return columns.kind === 'quotes' ? foldQuotes(columns, terms) : foldStored(columns, terms);
}

/** Returns the candles of two neighbouring stretches of time as one list; a candle that both have a part of is put together. */
export function joinCandles(earlier: readonly Candle[], later: readonly Candle[]): Candle[] {
  const [last, first] = [earlier.at(-1), later[0]];
  if (!last || !first || last.startsAt !== first.startsAt) return [...earlier, ...later];
  const joined = {
    ...last,
    bidHigh: Math.max(last.bidHigh, first.bidHigh),
    bidLow: Math.min(last.bidLow, first.bidLow),
    bidClose: first.bidClose,
    askHigh: Math.max(last.askHigh, first.askHigh),
    askLow: Math.min(last.askLow, first.askLow),
    askClose: first.askClose,
    quotes: last.quotes + first.quotes,
  };
  return [...earlier.slice(0, -1), joined, ...later.slice(1)];
}

function foldQuotes({ times, bid, ask }: QuoteColumns, terms: CandleTerms): Candle[] {
  const { hours } = terms;
  const candles: Candle[] = [];
  const clock = new MarketClock();
  let open: OpenCandle | undefined;
  for (let row = 0; row < times.length; row += 1) {
    const [at = 0, bidPoints = 0, askPoints = 0] = [times[row], bid[row], ask[row]];
    clock.advance(at);
    if (!clock.isOpen(hours)) continue;
    if (!open || at >= open.endsAt) {
      open = openCandle(terms, candleSpan(terms.granularity, at), bidPoints, askPoints);
      candles.push(open);
    }
    include(open, bidPoints, bidPoints, askPoints, askPoints);
    open.bidClose = bidPoints;
    open.askClose = askPoints;
    open.quotes += 1;
  }
  return candles;
}

function foldStored(columns: CandleColumns, terms: CandleTerms): Candle[] {
  const { granularity, sourceGranularity = granularity, hours } = terms;
  const candles: Candle[] = [];
  const clock = new MarketClock();
  let open: OpenCandle | undefined;
  for (let row = 0; row < columns.times.length; row += 1) {
    const startsAt = columns.times[row] ?? 0;
    clock.advance(startsAt);
    if (!clock.isOpen(hours) && !isTraded(hours, candleSpan(sourceGranularity, startsAt))) continue;
    if (!open || startsAt >= open.endsAt) {
      const span = candleSpan(granularity, startsAt);
      open = openCandle(terms, span, columns.bidOpen[row] ?? 0, columns.askOpen[row] ?? 0);
      candles.push(open);
    }
    const { bidHigh, bidLow, askHigh, askLow } = columns;
    include(open, bidHigh[row] ?? 0, bidLow[row] ?? 0, askHigh[row] ?? 0, askLow[row] ?? 0);
    open.bidClose = columns.bidClose[row] ?? 0;
    open.askClose = columns.askClose[row] ?? 0;
  }
  return candles;
}

/** A candle that lies in closed hours altogether was made of prices that no one could trade at. */
function isTraded(hours: TradingHoursName, { startsAt, endsAt }: CandleSpan): boolean {
  return lastOpenInstantBefore(hours, endsAt) >= startsAt;
}

function openCandle(
  { instrument, granularity }: CandleTerms,
  span: CandleSpan,
  bid: number,
  ask: number,
): OpenCandle {
  return {
    instrument,
    granularity,
    ...span,
    bidOpen: bid,
    bidHigh: bid,
    bidLow: bid,
    bidClose: bid,
    askOpen: ask,
    askHigh: ask,
    askLow: ask,
    askClose: ask,
    quotes: 0,
  };
}

function include(open: OpenCandle, bidHigh: number, bidLow: number, askHigh: number, askLow: number): void {
  if (bidHigh > open.bidHigh) open.bidHigh = bidHigh;
  if (bidLow < open.bidLow) open.bidLow = bidLow;
  if (askHigh > open.askHigh) open.askHigh = askHigh;
  if (askLow < open.askLow) open.askLow = askLow;
}
