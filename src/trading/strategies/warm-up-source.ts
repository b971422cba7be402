/** Where the candles come from that a strategy warms up on. */

import { Problem } from '../../core/shared/problem.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { Broker, CandleRequest } from '../../brokers/broker.ts';

/** Gives candles that reach up to `until`, of stored prices that the user may use if the broker has none; none when there are none. */
export type WarmUpSource = (userId: string, wish: CandleRequest) => Promise<readonly Candle[]>;

/** Returns a source of the broker's own history, and of stored prices where it keeps none or does not answer. */
export function warmUpSource(broker: Pick<Broker, 'candles'>, stored: WarmUpSource): WarmUpSource {
  return async (userId, wish) => {
    const own = wish.count === 0 ? [] : await candlesOf(broker, wish);
    return own.length > 0 ? own : stored(userId, wish);
  };
}

/** A broker that does not answer keeps no strategy from starting: it then warms up as the market comes. */
async function candlesOf(broker: Pick<Broker, 'candles'>, wish: CandleRequest): Promise<readonly Candle[]> {
  try {
    return await broker.candles(wish);
  } catch (error) {
    if (error instanceof Problem && error.type === 'broker-unreachable') return [];
    throw error;
  }
}
