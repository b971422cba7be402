/**
 * How the price is taken to have moved inside a stored candle. A candle does not say in which order its extremes came, so a rule must:
 * open, then the extreme nearer to the open, then the other one, then close. This is the rule of TradingView's broker emulator
 * (Pine Script user manual, chapter "Strategies", section "Broker emulator").
 * Nearness is judged on the middle of bid and ask; at a tie the extreme on the far side of the close comes first, so that the last
 * leg is the longer one. Bid and ask take their extremes together.
 */

import { candleSpan, commonLength, granularityMs, PATH_QUOTES } from '../domain/candle.ts';
import { lastOpenInstantBefore, nextOpenInstant, sessionAt } from '../domain/trading-hours.ts';
import type { CandleRows, Granularity } from '../domain/candle.ts';
import type { TradingHoursName } from '../domain/instrument.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { Session } from '../domain/trading-hours.ts';

/** The path of one candle of an instrument as rows of quotes, to be filled again for each candle. */
export interface CandlePath extends QuoteRows {
  readonly hours: TradingHoursName;
  /** The session that the candle before was in: most candles are in the same. */
  session: Session;
}

/** Returns an empty path to fill, of an instrument with these hours. */
export function createCandlePath(hours: TradingHoursName): CandlePath {
  return {
    hours,
    session: sessionAt(hours, 0),
    times: new Float64Array(PATH_QUOTES),
    bid: new Int32Array(PATH_QUOTES),
    ask: new Int32Array(PATH_QUOTES),
  };
}

/**
 * Fills `path` with the four quotes of the candle in a row: the open where it starts, the extremes at one and two thirds, the close
 * in its last millisecond, so that candles built from them are the stored ones again, at their own granularity and at coarser ones.
 * No price of the path lies in hours in which the instrument does not trade.
 */
export function traceCandle(
  path: CandlePath,
  candles: CandleRows,
  row: number,
  granularity: Granularity,
): void {
  const startsAt = candles.times[row] ?? 0;
  const endsAt = candleEnd(granularity, startsAt);
  const length = endsAt - startsAt;
  path.times[0] = startsAt;
  path.times[1] = startsAt + Math.floor(length / 3);
  path.times[2] = startsAt + Math.floor((2 * length) / 3);
  path.times[3] = endsAt - 1;
  if (startsAt < path.session.opensAt || endsAt > path.session.closesAt) moveIntoOpenHours(path, endsAt);
  const high = isHighFirst(candles, row) ? 1 : 2;
  setPoint(path, 0, candles.bidOpen[row], candles.askOpen[row]);
  setPoint(path, high, candles.bidHigh[row], candles.askHigh[row]);
  setPoint(path, 3 - high, candles.bidLow[row], candles.askLow[row]);
  setPoint(path, 3, candles.bidClose[row], candles.askClose[row]);
}

function setPoint(path: CandlePath, index: number, bid = 0, ask = 0): void {
  path.bid[index] = bid;
  path.ask[index] = ask;
}

/** Moves times that lie in closed hours to the next opening, or to the last open instant of a candle that ends closed. */
function moveIntoOpenHours(path: CandlePath, endsAt: number): void {
  const { hours, times } = path;
  path.session = sessionAt(hours, times[0] ?? 0);
  const latest = lastOpenInstantBefore(hours, endsAt);
  // A candle of closed hours only was made of prices that no one could trade at; its path stays there.
  if (latest < (times[0] ?? 0)) return;
  for (const [index, at] of times.entries()) times[index] = Math.min(nextOpenInstant(hours, at), latest);
}

function candleEnd(granularity: Granularity, startsAt: number): number {
  const length = commonLength(granularity);
  // Most candles need no calendar.
  return length === undefined ? candleSpan(granularity, startsAt).endsAt : startsAt + length;
}

/** Sums of bid and ask are twice the middle, in whole points: no rounding can decide. */
function isHighFirst(candles: CandleRows, row: number): boolean {
  const open = (candles.bidOpen[row] ?? 0) + (candles.askOpen[row] ?? 0);
  const toHigh = (candles.bidHigh[row] ?? 0) + (candles.askHigh[row] ?? 0) - open;
  const toLow = open - (candles.bidLow[row] ?? 0) - (candles.askLow[row] ?? 0);
  if (toHigh !== toLow) return toHigh < toLow;
  return (candles.bidClose[row] ?? 0) + (candles.askClose[row] ?? 0) < open;
}

/** Returns whether candles of `coarse` can be put together exactly from candles of `fine`. */
export function isNested(fine: Granularity, coarse: Granularity): boolean {
  // A month does not begin where a week does.
  if (fine === 'W' && coarse === 'M') return false;
  const [fineMs, coarseMs] = [granularityMs(fine), granularityMs(coarse)];
  return coarseMs >= fineMs && coarseMs % fineMs === 0;
}
