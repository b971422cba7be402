/** The history of an instrument, page by page. */

import { granularityMs } from '../../core/domain/candle.ts';
import { readCandles } from './translate/candle.ts';
import type { Candle, Granularity } from '../../core/domain/candle.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { BrokerCandles, CandlePageRequest, CandleRequest } from '../broker.ts';

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
    const page = readCandles(answer, instrument, granularity).complete.filter(
      ({ endsAt }) => endsAt <= before,
    );
    const [oldest] = page;
    if (!oldest) break;
    candles = [...page, ...candles];
    before = oldest.startsAt;
  }
  return candles.slice(-count);
}

/** Returns a page of candles, as the broker port says. */
export async function candlePage(
  { read, path, now }: CandleSource,
  instrument: Instrument,
  { granularity, count, from, until }: CandlePageRequest,
): Promise<BrokerCandles> {
  // OANDA refuses a beginning in its future, too.
  if (from !== undefined && from >= now) return { complete: [], unfinished: undefined };
  const query = new URLSearchParams({ price: 'BA', granularity });
  let asked = count;
  if (from !== undefined) query.set('from', new Date(from).toISOString());
  else if (until < now - CLOCKS_DIFFER_MS) query.set('to', new Date(until).toISOString());
  else asked += candlesAfter(until, now, granularity);
  query.set('count', String(Math.min(MOST_PER_PAGE, asked)));
  const answer = await read(`${path}/instruments/${instrument.name}/candles?${query.toString()}`);
  const page = readCandles(answer, instrument, granularity);
  return from === undefined ? lastBefore(page, until, count) : page;
}

/** How many candles may have begun since `until`. */
function candlesAfter(until: number, now: number, granularity: Granularity): number {
  return Math.max(0, Math.ceil((now + CLOCKS_DIFFER_MS - until) / granularityMs(granularity)));
}

function lastBefore({ complete, unfinished }: BrokerCandles, until: number, count: number): BrokerCandles {
  const isBefore = ({ startsAt }: Candle): boolean => startsAt < until;
  const hasUnfinished = unfinished !== undefined && isBefore(unfinished);
  const last = complete.filter(isBefore);
  return {
    complete: last.slice(Math.max(0, last.length - count + (hasUnfinished ? 1 : 0))),
    unfinished: hasUnfinished ? unfinished : undefined,
  };
}
