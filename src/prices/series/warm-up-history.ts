/** Finds the candles of stored price series that a strategy warms up on. */

import { CandleHistory } from '../../core/backtest/candle-history.ts';
import { isNested } from '../../core/backtest/candle-path.ts';
import { granularityMs } from '../../core/domain/candle.ts';
import { DAY_MS, openMarketMs } from '../../core/domain/trading-calendar.ts';
import type { CandleRequest } from '../../brokers/broker.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { PriceReader } from './price-reader.ts';
import type { PriceSeriesStore, StoredPriceSeries } from './price-series-store.ts';

/** The series that are looked at, the newest first. */
const MOST_SERIES = 20;
/** The part of a warm-up that may be missing between the stored prices and now. Older prices say nothing of the present. */
const MISSABLE_PART = 0.1;
/** Weeks are two days in seven closed, and there are holidays. */
const CLOSED_FACTOR = 1.6;

type SeriesOf = Pick<StoredPriceSeries, 'id' | 'granularity'>;

/** Returns the candles of one series; fewer or none when it does not hold them, or ends too long before `until`. */
export async function historyOf(
  prices: PriceReader,
  series: SeriesOf,
  { instrument, granularity, count, until }: CandleRequest,
): Promise<readonly Candle[]> {
  if (count === 0 || (series.granularity !== undefined && !isNested(series.granularity, granularity)))
    return [];
  const from = until - (count + 2) * granularityMs(granularity) * CLOSED_FACTOR - 4 * DAY_MS;
  const history = new CandleHistory({ instrument, granularity, until });
  for await (const columns of prices.columns(series.id, { from, until })) {
    if (columns.kind === 'quotes') history.feedQuotes(columns);
    else if (series.granularity !== undefined) history.feedCandles(columns, series.granularity);
  }
  const candles = history.last(count);
  const endsAt = candles.at(-1)?.endsAt ?? -Infinity;
  const mayLackMs = granularityMs(granularity) * Math.max(1, count * MISSABLE_PART);
  return openMarketMs(Math.max(endsAt, from), until) <= mayLackMs ? candles : [];
}

/** Returns the candles of the newest series that a user may use and that holds any of them. */
export async function warmUpHistory(
  store: PriceSeriesStore,
  userId: string,
  wish: CandleRequest,
): Promise<readonly Candle[]> {
  if (wish.count === 0) return [];
  const newest = await store.listFor(userId, wish.instrument, { limit: MOST_SERIES, before: undefined });
  for (const series of newest) {
    // What is missing in recorded prices would be missing in the candles.
    if (series.startsAt >= wish.until || series.accountId !== undefined) continue;
    const candles = await historyOf(store, series, wish);
    if (candles.length > 0) return candles;
  }
  return [];
}
