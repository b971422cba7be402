/** Lines of the price stream. */

import Type from 'typebox';
import { reader } from './unreadable.ts';
import { Decimal, instantOf, maybe, pointsOf } from './wire-values.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { Quote } from '../../../core/domain/quote.ts';

const Side = maybe(Type.Array(Type.Object({ price: Decimal })));

// Older prices have no type.
const readLine = reader(
  Type.Object({
    type: maybe(Type.String()),
    time: Type.String(),
    instrument: maybe(Type.String()),
    bids: Side,
    asks: Side,
    tradeable: maybe(Type.Boolean()),
  }),
);

const readPricing = reader(Type.Object({ time: Type.String() }));

/** Returns OANDA's time, as `/pricing` states it (UTC ms); Unreadable when it does not. */
export function readPricingTime(answer: unknown): number {
  return instantOf(readPricing(answer, 'the prices').time);
}

/** What a line says: the time at which prices were alive, and a price, unless it is a heartbeat or no price to trade at. */
export interface PriceLine {
  readonly at: number;
  readonly quote: Quote | undefined;
}

/**
 * Returns what a line of the price stream says; Unreadable when it cannot be read. A price with one side only is none, and so is one at
 * which no one can trade now, and one of an instrument that the account does not have.
 */
export function readPriceLine(raw: unknown, instruments: Instruments): PriceLine {
  const { type, time, instrument: name, bids, asks, tradeable } = readLine(raw, 'a price');
  const at = instantOf(time);
  const instrument = instruments.find(name ?? '');
  const [bid, ask] = [bids?.[0]?.price, asks?.[0]?.price];
  const isPrice = type !== 'HEARTBEAT' && tradeable !== false;
  if (!isPrice || !instrument || bid === undefined || ask === undefined) return { at, quote: undefined };
  const quote = {
    instrument: instrument.name,
    at,
    bid: pointsOf(instrument, bid),
    ask: pointsOf(instrument, ask),
  };
  return { at, quote: quote.bid > 0 && quote.bid <= quote.ask ? quote : undefined };
}
