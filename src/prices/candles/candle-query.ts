/** Reads which candles a request wants. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { candleSpan, GRANULARITIES } from '../../core/domain/candle.ts';
import { badCursor, decodeCursor, encodeCursor } from '../../http/pagination.ts';
import { timeParameters, timeRange } from '../../http/time-filter.ts';
import { Id } from '../../http/values.ts';
import { InstrumentText } from '../market-input.ts';
import { CANDLE_PRICES } from './candle-view.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { CandlePage, CandleWish } from './candle-page.ts';

const DEFAULT_COUNT = 500;
/** A page of these is about a megabyte, and what OANDA gives at once. */
const LARGEST_COUNT = 5_000;
const LONGEST_CURSOR = 200;

export const CandlesQuery = Type.Object(
  {
    seriesId: Type.Optional({ ...Id, description: 'The price series that they are made of.' }),
    accountId: Type.Optional({
      ...Id,
      description: 'Instead of a series: an account, for the history that its broker keeps.',
    }),
    instrument: Type.Optional({ ...InstrumentText, description: 'Of an account: which of its instruments.' }),
    granularity: Type.Enum(GRANULARITIES),
    price: Type.Optional(Type.Enum(CANDLE_PRICES, { default: 'mid' })),
    ...timeParameters('that begin'),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LARGEST_COUNT,
        default: DEFAULT_COUNT,
        description: 'How many at most: with `from` the first ones from there on, otherwise the last ones.',
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: LONGEST_CURSOR,
        description: 'The nextCursor of the page before, with the same parameters.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type CandlesRequest = Static<typeof CandlesQuery>;

/** Returns the wish of a query; the candle that `from` lies in is the first one. Throws `invalid-request`. */
export function candleWish(query: CandlesRequest, instrument: string): CandleWish {
  const { granularity, count = DEFAULT_COUNT, cursor } = query;
  const { from, until } = timeRange(query);
  const countedFrom = from === undefined ? 'end' : 'beginning';
  const place = cursor === undefined ? undefined : placeOf(cursor, countedFrom);
  return {
    instrument,
    granularity,
    count,
    countedFrom,
    from: from === undefined ? undefined : candleSpan(granularity, place ?? from).startsAt,
    until: endOf(granularity, from === undefined ? (place ?? until) : until),
  };
}

/** Returns the cursor of the page that follows; null when there is none. */
export function nextCursor({ countedFrom }: CandleWish, { candles, hasMore }: CandlePage): string | null {
  if (!hasMore) return null;
  const at = countedFrom === 'beginning' ? candles.at(-1)?.endsAt : candles[0]?.startsAt;
  return at === undefined ? null : encodeCursor(KINDS[countedFrom], [String(at)]);
}

const KINDS = { beginning: 'candles-after', end: 'candles-before' } as const;

function placeOf(cursor: string, countedFrom: CandleWish['countedFrom']): number {
  const [text = ''] = decodeCursor(KINDS[countedFrom], cursor, 1);
  const at = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(at)) throw badCursor();
  return at;
}

function endOf(granularity: Granularity, until: number | undefined): number | undefined {
  return until === undefined ? undefined : candleSpan(granularity, until - 1).endsAt;
}
