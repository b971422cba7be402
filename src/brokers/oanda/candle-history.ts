/** The history of an instrument, page by page. */

import { readCandles } from './translate/candle.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { CandleRequest } from '../broker.ts';

/** Source: OANDA v20, candles: the largest `count`. */
const MOST_PER_PAGE = 5_000;

/** OANDA refuses an end in its future: one so near to the present is left out, and the newest candles come. */
const CLOCKS_DIFFER_MS = 60_000;

export interface CandleSource {
  readonly read: (path: string) => Promise<unknown>;
  /** The path of the account. */
  readonly path: string;
  /** OANDA's time (UTC ms), as far as it is known. */
  readonly now: number;
}

/** Returns the newest complete candles, oldest first, as the broker port says. */
export async function candleHistory(
  { read, path, now }: CandleSource,
  instrument: Instrument,
  { granularity, count, until }: CandleRequest,
): Promise<readonly Candle[]> {
  let candles: readonly Candle[] = [];
  let before = until;
  while (candles.length < count) {
    const query = new URLSearchParams({
      price: 'BA',
      granularity,
      // Two more than are wanted: the newest may not have ended by then, or not be complete.
      count: String(Math.min(MOST_PER_PAGE, count - candles.length + 2)),
    });
    if (before < now - CLOCKS_DIFFER_MS) query.set('to', new Date(before).toISOString());
    const answer = await read(`${path}/instruments/${instrument.name}/candles?${query.toString()}`);
    const page = readCandles(answer, instrument, granularity).filter(({ endsAt }) => endsAt <= before);
    const [oldest] = page;
    if (!oldest) break;
    candles = [...page, ...candles];
    before = oldest.startsAt;
  }
  return candles.slice(-count);
}
