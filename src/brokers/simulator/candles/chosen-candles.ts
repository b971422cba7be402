/** Chooses candles and writes them as v20 does. */

import { averagePointsWorse } from '../prices/price-ladder.ts';
import { wirePrice } from '../wire/decimals.ts';
import { WireTime } from '../wire/time.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Fields } from '../v20-error.ts';
import type { CandlePrices, CandleQuery, CandleStyle } from './candle-query.ts';
import type { Prices } from './candle-rows.ts';
import type { AlignedCandle } from './candle-store.ts';

/** Returns which of the candles, oldest first, a query wants. */
export function choose(
  candles: readonly AlignedCandle[],
  { from, to, count, hasFirst }: CandleQuery,
): readonly AlignedCandle[] {
  const chosen = candles.filter(
    ({ startsAt, endsAt }) =>
      (from === undefined || (hasFirst ? endsAt > from : startsAt > from)) &&
      (to === undefined || startsAt < to),
  );
  return from === undefined ? chosen.slice(-count) : chosen.slice(0, count);
}

/** Returns the candles with each but the first opening where the one before closed, as `smooth` asks. */
export function smooth(candles: readonly AlignedCandle[]): readonly AlignedCandle[] {
  return candles.map((candle, index) => {
    const before = candles[index - 1];
    if (!before) return candle;
    return {
      ...candle,
      bid: opened(candle.bid, before.bid),
      ask: opened(candle.ask, before.ask),
      twiceMid: opened(candle.twiceMid, before.twiceMid),
    };
  });
}

/** An opening beyond what was traded is the new extreme: a candle's high is never below its open. */
function opened([, high, low, close]: Prices, [, , , open]: Prices): Prices {
  return [open, Math.max(high, open), Math.min(low, open), close];
}

export interface WireCandleOptions {
  readonly instrument: Instrument;
  readonly prices: CandlePrices;
  readonly style: CandleStyle;
  /** A candle that ends by then is complete. */
  readonly now: number;
}

/** Returns a candle as it is answered. */
export function wireCandle(
  candle: AlignedCandle,
  { instrument, prices, style, now }: WireCandleOptions,
): Fields {
  const worse = averagePointsWorse(instrument, style.units);
  const written = (points: Prices, shift = 0): Fields => {
    const [o, h, l, c] = points.map((price) => wirePrice(instrument, price + shift));
    return { o, h, l, c };
  };
  const { startsAt, endsAt, volume, bid, ask, twiceMid } = candle;
  return {
    complete: endsAt <= now,
    volume,
    time: new WireTime(startsAt),
    ...(prices.bid && { bid: written(bid, -worse) }),
    ...(prices.mid && { mid: written(halved(twiceMid)) }),
    ...(prices.ask && { ask: written(ask, worse) }),
  };
}

function halved([open, high, low, close]: Prices): Prices {
  return [open / 2, high / 2, low / 2, close / 2];
}
