/** Candles for charts. */

import { isNested } from '../../core/backtest/candle-path.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { principalOf } from '../../http/authenticate.ts';
import { refusedQuery } from '../../http/refused-query.ts';
import { CandlesQuery, candleWish, nextCursor } from './candle-query.ts';
import { CandlesView, candleView } from './candle-view.ts';
import { seriesCandles } from './series-candles.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { App } from '../../http/route.ts';
import type { PriceSeries } from '../series/price-series.ts';
import type { PriceSeriesStore, StoredPriceSeries } from '../series/price-series-store.ts';
import type { CandlePage, CandleWish } from './candle-page.ts';
import type { CandlesRequest } from './candle-query.ts';

export interface CandleRouteDependencies {
  readonly priceSeries: PriceSeries;
  readonly stores: { readonly priceSeries: PriceSeriesStore };
}

/** Where candles come from. */
interface CandleSource {
  readonly instrument: Instrument;
  readonly read: (wish: CandleWish) => Promise<CandlePage>;
}

/** Past candles do not change. The person's own browser may keep them for an hour; they are another's for another person. */
const KEEP_PAST = { 'cache-control': 'private, max-age=3600', vary: 'authorization, cookie' };

export function registerCandleRoutes(app: App, { priceSeries, stores }: CandleRouteDependencies): void {
  app.get('/candles', {
    config: { problems: ['not-found'] },
    schema: {
      operationId: 'listCandles',
      summary: 'Candles of a price series, for charts',
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
      const { userId } = principalOf(request);
      const series = await priceSeries.get(userId, query.seriesId);
      const source = sourceOfSeries(stores.priceSeries, series, query);
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

function sourceOfSeries(
  store: PriceSeriesStore,
  series: StoredPriceSeries,
  { granularity }: CandlesRequest,
): CandleSource {
  if (series.granularity !== undefined && !isNested(series.granularity, granularity)) {
    const detail = `must be ${series.granularity} or a longer one that ${series.granularity} divides, as the series has ${series.granularity} candles`;
    throw refusedQuery('/granularity', detail);
  }
  return {
    instrument: PAPER_INSTRUMENTS.named(series.instrument),
    read: (wish) => seriesCandles(store, series, wish),
  };
}
