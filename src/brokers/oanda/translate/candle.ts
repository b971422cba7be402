/** Candles of OANDA's in our words. */

import Type from 'typebox';
import { candleSpan } from '../../../core/domain/candle.ts';
import { reader } from './unreadable.ts';
import { Decimal, instantOf, pointsOf } from './wire-values.ts';
import type { Candle, Granularity } from '../../../core/domain/candle.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';

const Prices = Type.Object({ o: Decimal, h: Decimal, l: Decimal, c: Decimal });

const readAnswer = reader(
  Type.Object({
    candles: Type.Array(
      Type.Object({
        time: Type.String(),
        volume: Type.Integer({ minimum: 0 }),
        complete: Type.Boolean(),
        bid: Prices,
        ask: Prices,
      }),
    ),
  }),
);

/** Returns the complete candles of an answer, oldest first; Unreadable when one lacks a price. */
export function readCandles(
  answer: unknown,
  instrument: Instrument,
  granularity: Granularity,
): readonly Candle[] {
  const points = (price: Decimal): number => pointsOf(instrument, price);
  return readAnswer(answer, 'candles')
    .candles.filter(({ complete }) => complete)
    .map(({ time, volume, bid, ask }) => ({
      instrument: instrument.name,
      granularity,
      ...candleSpan(granularity, instantOf(time)),
      bidOpen: points(bid.o),
      bidHigh: points(bid.h),
      bidLow: points(bid.l),
      bidClose: points(bid.c),
      askOpen: points(ask.o),
      askHigh: points(ask.h),
      askLow: points(ask.l),
      askClose: points(ask.c),
      quotes: volume,
    }));
}
