/** Candles for charts. */

import { isNested } from '../../core/backtest/candle-path.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { principalOf } from '../../http/authenticate.ts';
import { refusedQuery } from '../../http/refused-query.ts';
import { CandlesQuery, candleWish, nextCursor } from './candle-query.ts';
import { CandlesView, candleView } from './candle-view.ts';
import { seriesCandles } from './series-candles.ts';
import type { App } from '../../http/route.ts';
import type { PriceSeries } from '../series/price-series.ts';
import type { PriceSeriesStore, StoredPriceSeries } from '../series/price-series-store.ts';
import type { CandleSource } from './candle-page.ts';
import type { CandlesRequest } from './candle-query.ts';

export interface CandleRouteDependencies {
  readonly priceSeries: PriceSeries;
  readonly stores: { readonly priceSeries: PriceSeriesStore };
  readonly accountCandles: {
    /** Refuses an account that is not the person's, and an instrument that it cannot trade. */
    readonly open: (userId: string, accountId: string, instrument: string) => Promise<CandleSource>;
  };
}

/** Past candles do not change. The person's own browser may keep them for an hour; they are another's for another person. */
const KEEP_PAST = { 'cache-control': 'private, max-age=3600', vary: 'authorization, cookie' };

export function registerCandleRoutes(app: App, deps: CandleRouteDependencies): void {
  app.get('/candles', {
    config: { access: 'user', problems: ['not-found', 'account-not-trading', 'broker-unreachable'] },
    schema: {
      operationId: 'listCandles',
      summary: 'Candles of a price series or of an account, for charts',
      description:
        'Oldest first. With `from` the first ones from there on, and pages lead forward; otherwise the last ones, and pages lead back. ' +
        'Up to H1 they start at full UTC times; longer ones count from 17:00 New York, weeks from Friday. A span without a price has no candle. ' +
        'The middle is that of bid and ask: its high is the middle of their highs. A page may hold fewer than `count` and still have a next one.',
      tags: ['market'],
      querystring: CandlesQuery,
      response: { 200: CandlesView },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const source = await sourceOf(deps, principalOf(request).userId, query);
      const { instrument } = source;
      const wish = candleWish(query, instrument.name);
      const page = await source.read(wish);
      const cursor = nextCursor(wish, page);
      const { granularity, price = 'mid' } = query;
      const isPast = page.candles.every(({ isComplete }) => isComplete);
      if (isPast && (cursor !== null || query.cursor !== undefined)) void reply.headers(KEEP_PAST);
      return {
        instrument: instrument.name,
        granularity,
        price,
        items: page.candles.map((candle) => candleView(candle, price, instrument)),
        nextCursor: cursor,
      };
    },
  });
}

async function sourceOf(
  { priceSeries, stores, accountCandles }: CandleRouteDependencies,
  userId: string,
  query: CandlesRequest,
): Promise<CandleSource> {
  const { seriesId, accountId, instrument } = query;
  if (seriesId !== undefined) {
    if (accountId !== undefined) throw refusedQuery('/accountId', 'must be left out with `seriesId`');
    return sourceOfSeries(stores.priceSeries, await priceSeries.get(userId, seriesId), query);
  }
  if (accountId === undefined) throw refusedQuery('/seriesId', 'is needed, or `accountId` and `instrument`');
  if (instrument === undefined) throw refusedQuery('/instrument', 'is needed with `accountId`');
  return accountCandles.open(userId, accountId, instrument);
}

function sourceOfSeries(
  store: PriceSeriesStore,
  series: StoredPriceSeries,
  { granularity, instrument }: CandlesRequest,
): CandleSource {
  if (instrument !== undefined && instrument !== series.instrument)
    throw refusedQuery('/instrument', `must be left out, or ${series.instrument} as the series is of it`);
  if (series.granularity !== undefined && !isNested(series.granularity, granularity)) {
    const detail = `must be ${series.granularity} or a longer one that ${series.granularity} divides, as the series has ${series.granularity} candles`;
    throw refusedQuery('/granularity', detail);
  }
  return {
    instrument: PAPER_INSTRUMENTS.named(series.instrument),
    read: (wish) => seriesCandles(store, series, wish),
  };
}
