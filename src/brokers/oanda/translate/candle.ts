/** Candles of OANDA's in our words. */

import Type from 'typebox';
import { candleSpan } from '../../../core/domain/candle.ts';
import { reader } from './unreadable.ts';
import { Decimal, instantOf, pointsOf } from './wire-values.ts';
import type { Granularity } from '../../../core/domain/candle.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { BrokerCandles } from '../../broker.ts';

const Prices = Type.Object({ o: Decimal, h: Decimal, l: Decimal, c: Decimal });

const readAnswer = reader(
  Type.Object({
    candles: Type.Array(
      Type.Object({
        time: Type.String(),
        volume: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        complete: Type.Boolean(),
        bid: Prices,
        ask: Prices,
      }),
    ),
  }),
);

/** Returns the candles of an answer, oldest first, those that have ended apart; Unreadable when one lacks a price. */
export function readCandles(
  answer: unknown,
  instrument: Instrument,
  granularity: Granularity,
): BrokerCandles {
  const points = (price: Decimal): number => pointsOf(instrument, price);
  const rows = readAnswer(answer, 'candles').candles;
  const candles = rows.map(({ time, volume, bid, ask }) => ({
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
  return {
    complete: candles.filter((_candle, row) => rows[row]?.complete),
    unfinished: rows.at(-1)?.complete === false ? candles.at(-1) : undefined,
  };
}
