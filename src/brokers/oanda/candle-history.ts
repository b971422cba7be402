/** The history of an instrument, page by page. */

import { readCandles } from './translate/candle.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { CandleRequest } from '../broker.ts';

/** Source: OANDA v20, candles: the largest `count`. */
const MOST_PER_PAGE = 5_000;

export interface CandleSource {
  readonly read: (path: string) => Promise<unknown>;
  /** The path of the account. */
  readonly path: string;
  /** OANDA's time (UTC ms): it refuses an end in the future. */
  readonly now: number;
}

/** Returns the newest complete candles, oldest first, as the broker port says. */
export async function candleHistory(
  { read, path, now }: CandleSource,
  instrument: Instrument,
  { granularity, count, until }: CandleRequest,
): Promise<readonly Candle[]> {
  let candles: readonly Candle[] = [];
  let to = Math.min(until, now);
  while (candles.length < count) {
    // One more than is wanted: the last may not have ended by then.
    const wanted = Math.min(MOST_PER_PAGE, count - candles.length + 1);
    const query = new URLSearchParams({
      price: 'BA',
      granularity,
      count: String(wanted),
      to: new Date(to).toISOString(),
    });
    const answer = await read(`${path}/instruments/${instrument.name}/candles?${query.toString()}`);
    const page = readCandles(answer, instrument, granularity).filter(({ endsAt }) => endsAt <= to);
    const [oldest] = page;
    if (!oldest || oldest.startsAt >= to) break;
    candles = [...page, ...candles];
    to = oldest.startsAt;
  }
  return candles.slice(-count);
}
