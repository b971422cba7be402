/** Entries at the market with an optional stop at a multiple of the average true range, and the exits that make room for them. */

import type { Static } from 'typebox';
import type { Candle } from '../domain/candle.ts';
import { directionOf } from '../domain/position.ts';
import type { PositionSide } from '../domain/position.ts';
import { Atr } from '../indicators/atr.ts';
import { midClose, midHigh, midLow } from './mid-prices.ts';
import type { ATR_STATE } from './saved-state.ts';
import type { CloseIntent, Intent, OpenIntent, StrategyView } from './strategy.ts';

/** How many candles the average true range of a stop looks at. */
const ATR_PERIOD = 14;

/** How large entries are and how far away their stop is; as the parameters of the same names. */
export interface EntryOptions {
  readonly units: number;
  readonly riskPerTrade: number;
  readonly atrStop: number;
}

/** Returns how many candles must have closed before there can be an entry. */
export function entryWarmUpCandles({ atrStop }: Pick<EntryOptions, 'atrStop'>): number {
  return atrStop > 0 ? ATR_PERIOD : 0;
}

/** Makes the entries of one strategy. It must see every candle. */
export class EntryPlan {
  readonly #options: EntryOptions;
  #atr = new Atr(ATR_PERIOD);

  constructor(options: EntryOptions) {
    this.#options = options;
  }

  /** Takes the next closed candle. */
  update(candle: Candle): void {
    this.#atr.update(midHigh(candle), midLow(candle), midClose(candle));
  }

  /**
   * Returns the entry on `side` at the close of `candle`, or undefined while the stop's distance is not known. The stop is measured
   * from the price that the entry fills at: the ask of a long, the bid of a short, of the newest quote if there is one.
   */
  entry(side: PositionSide, candle: Candle, view: StrategyView): OpenIntent | undefined {
    const { units, riskPerTrade: riskFraction, atrStop: multiple } = this.#options;
    if (multiple === 0) return { type: 'open', side, size: { units }, orderType: 'market' };
    const atr = this.#atr.value;
    if (atr === undefined) return undefined;
    const stopDistance = Math.max(1, Math.round(atr * multiple));
    const fillPrice =
      side === 'long' ? (view.quote?.ask ?? candle.askClose) : (view.quote?.bid ?? candle.bidClose);
    const stopLoss = fillPrice - directionOf(side) * stopDistance;
    const size = riskFraction > 0 ? { riskFraction, stopDistance } : { units };
    return { type: 'open', side, size, orderType: 'market', stopLoss };
  }

  save(): Static<typeof ATR_STATE> {
    return this.#atr.save();
  }

  /** Takes over a saved state. */
  restore(state: Static<typeof ATR_STATE>): void {
    this.#atr = Atr.restore(state);
  }
}

/** Returns the closes of all positions of a side. */
export function closesOf(side: PositionSide, view: StrategyView): readonly CloseIntent[] {
  return view.positions
    .filter((position) => position.side === side)
    .map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }));
}

/**
 * Returns the intents that turn the strategy to the side of `entry`: closes of what is open on the other side, then the entry,
 * unless a position of that side is there already or an order is under way: never two entries for one signal.
 */
export function turnTo(
  side: PositionSide,
  entry: OpenIntent | undefined,
  view: StrategyView,
): readonly Intent[] {
  const closes = closesOf(side === 'long' ? 'short' : 'long', view);
  const isThere = view.positions.some((position) => position.side === side);
  return entry === undefined || isThere || view.hasOpenOrder ? closes : [...closes, entry];
}
