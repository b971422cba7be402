/** Candles of a stored price series. */

import { candleSpan } from '../../core/domain/candle.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { lastOpenInstantBefore } from '../../core/domain/trading-hours.ts';
import { decodeColumns } from '../series/price-codec.ts';
import { foldCandles, joinCandles } from './fold-candles.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { ChunkOrder, PriceChunk, PricePeriod } from '../series/price-chunks.ts';
import type { StoredPriceSeries } from '../series/price-series-store.ts';
import type { CandlePage, CandleWish, ChartCandle } from './candle-page.ts';
import type { CandleTerms } from './fold-candles.ts';

/** Rows that one page is made of at most: about a tenth of a second of work. The page then ends early and another one follows. */
const MOST_ROWS = 1_000_000;

interface Chunks {
  chunks(seriesId: string, range: PricePeriod, order: ChunkOrder): AsyncIterable<PriceChunk>;
}
type SeriesFacts = Pick<
  StoredPriceSeries,
  'id' | 'instrument' | 'kind' | 'granularity' | 'startsAt' | 'endsAt'
>;

/** Returns a page of the candles that the prices of a series make. The granularity must be one that they can make. */
export async function seriesCandles(
  store: Chunks,
  series: SeriesFacts,
  wish: CandleWish,
): Promise<CandlePage> {
  const { id, instrument, granularity: sourceGranularity } = series;
  const hours = PAPER_INSTRUMENTS.hoursOf(instrument);
  const terms: CandleTerms = { instrument, hours, granularity: wish.granularity, sourceGranularity };
  // Rows at the end of the series are within its range.
  const range = { from: wish.from ?? 0, until: wish.until ?? series.endsAt + 1 };
  const isForward = wish.countedFrom === 'beginning';
  let candles: readonly Candle[] = [];
  let rows = 0;
  let isCut = false;
  for await (const chunk of store.chunks(id, range, isForward ? 'oldest-first' : 'newest-first')) {
    // A page of one candle that may lack a part would lead nowhere.
    isCut = candles.length > wish.count || (rows >= MOST_ROWS && candles.length > 1);
    if (isCut) break;
    rows += chunk.rows;
    const more = foldCandles(decodeColumns(chunk.data), terms).filter(
      ({ startsAt }) => startsAt >= range.from && startsAt < range.until,
    );
    candles = isForward ? joinCandles(candles, more) : joinCandles(more, candles);
  }
  const coveredUntil = endOf(series);
  const isComplete = ({ endsAt }: Candle): boolean => lastOpenInstantBefore(hours, endsAt) < coveredUntil;
  return page(candles, { ...wish, isForward, isCut, isComplete });
}

interface PageTerms extends Pick<CandleWish, 'count'> {
  readonly isForward: boolean;
  /** Whether reading ended before the prices did: the candle there may lack a part. */
  readonly isCut: boolean;
  readonly isComplete: (candle: Candle) => boolean;
}

function page(candles: readonly Candle[], { count, isForward, isCut, isComplete }: PageTerms): CandlePage {
  const most = Math.min(count, isCut ? candles.length - 1 : candles.length);
  const chosen = isForward ? candles.slice(0, most) : candles.slice(candles.length - most);
  const marked = chosen.map((candle): ChartCandle => ({ ...candle, isComplete: isComplete(candle) }));
  return { candles: marked, hasMore: candles.length > most };
}

/** Returns until when the prices of a series say everything (UTC ms). */
function endOf({ endsAt, granularity }: SeriesFacts): number {
  return granularity === undefined ? endsAt : candleSpan(granularity, endsAt).endsAt;
}
