/** Candles as people see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { GRANULARITIES } from '../../core/domain/candle.ts';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatDecimal } from '../../core/shared/decimal.ts';
import { Decimal, Instant, instantText, InstrumentName, orNull } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { PricePrecision } from '../../core/domain/instrument.ts';
import type { ChartCandle } from './candle-page.ts';

/** Which price of a quote candles show. */
export const CANDLE_PRICES = ['bid', 'ask', 'mid'] as const;
export type CandlePrice = (typeof CANDLE_PRICES)[number];

const CandleView = namedObject('Candle', {
  startsAt: Instant,
  endsAt: Type.String({ format: 'date-time', description: 'The candle ends before this time.' }),
  open: Decimal,
  high: Decimal,
  low: Decimal,
  close: Decimal,
  quotes: orNull(
    Type.Integer({ description: 'The quotes that it is made of; null where candles were stored.' }),
  ),
  complete: Type.Boolean({
    description: 'Whether it has ended; prices may still be added to one that has not.',
  }),
});

/** A page of candles, oldest first. */
export const CandlesView = namedObject('CandlePage', {
  instrument: InstrumentName,
  granularity: Type.Enum(GRANULARITIES),
  price: Type.Enum(CANDLE_PRICES),
  items: Type.Array(CandleView),
  nextCursor: orNull(
    Type.String({
      description:
        'Leads to the candles after these, or before them where no `from` was given; null on the last page.',
    }),
  ),
});

/** Returns a candle with one price of the two; the middle has a digit more, as it may lie between two points. */
export function candleView(
  candle: ChartCandle,
  price: CandlePrice,
  precision: PricePrecision,
): Static<typeof CandleView> {
  const text = (bid: number, ask: number): string =>
    price === 'mid'
      ? formatDecimal((bid + ask) * 5, precision.pricePrecision + 1)
      : formatPrice(precision, price === 'bid' ? bid : ask);
  return {
    startsAt: instantText(candle.startsAt),
    endsAt: instantText(candle.endsAt),
    open: text(candle.bidOpen, candle.askOpen),
    high: text(candle.bidHigh, candle.askHigh),
    low: text(candle.bidLow, candle.askLow),
    close: text(candle.bidClose, candle.askClose),
    quotes: candle.quotes === 0 ? null : candle.quotes,
    complete: candle.isComplete,
  };
}
