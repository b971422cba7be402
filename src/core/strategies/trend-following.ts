/** `trend_following`: turns with the trend of two moving averages, sized by risk, behind a stop that only tightens. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import { directionOf } from '../domain/position.ts';
import type { Position, PositionSide } from '../domain/position.ts';
import { Atr } from '../indicators/atr.ts';
import { Ema } from '../indicators/ema.ts';
import { defineStrategyType, parametersSchema } from './define-strategy-type.ts';
import type { TypedStrategy } from './define-strategy-type.ts';
import { turnTo } from './entry.ts';
import { midClose, midHigh, midLow } from './mid-prices.ts';
import { GRANULARITY } from './parameters.ts';
import { ATR_STATE, EMA_STATE } from './saved-state.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Intent, ModifyIntent, OpenIntent, StrategyView } from './strategy.ts';

const PARAMETERS = parametersSchema({
  granularity: GRANULARITY,
  fast: Type.Integer({ default: 20, minimum: 1, maximum: 500, description: 'Candles of the fast EMA.' }),
  slow: Type.Integer({ default: 50, minimum: 2, maximum: 1000, description: 'Candles of the slow EMA.' }),
  atrPeriod: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 500,
    description: 'Candles of the average true range.',
  }),
  atrMultiplier: Type.Number({
    default: 2,
    minimum: 0.1,
    maximum: 20,
    description: 'Distance of the stop loss from the price, as a multiple of the average true range.',
  }),
  riskPerTrade: Type.Number({
    default: 0.02,
    minimum: 0.0001,
    maximum: 1,
    description: 'The part of equity that an entry loses at its first stop (0.02 is 2 %).',
  }),
});

const STATE = Type.Object({
  fast: EMA_STATE,
  slow: EMA_STATE,
  atr: ATR_STATE,
  // The trend when the two averages last differed; null until then.
  isUp: Type.Union([Type.Boolean(), Type.Null()]),
});

/**
 * A trend is up while the fast EMA of closes lies above the slow one. When it turns, what is open on the other side is closed and
 * a position with the trend is opened. At every other candle the stop follows the price, and never goes back.
 */
class TrendFollowing implements TypedStrategy<Static<typeof STATE>> {
  readonly granularities: readonly Granularity[];
  readonly #parameters: Static<typeof PARAMETERS>;
  #fast: Ema;
  #slow: Ema;
  #atr: Atr;
  #isUp: boolean | null = null;

  constructor(parameters: Static<typeof PARAMETERS>) {
    this.granularities = [parameters.granularity];
    this.#parameters = parameters;
    this.#fast = new Ema(parameters.fast);
    this.#slow = new Ema(parameters.slow);
    this.#atr = new Atr(parameters.atrPeriod);
  }

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    const close = midClose(candle);
    const fast = this.#fast.update(close);
    const slow = this.#slow.update(close);
    const atr = this.#atr.update(midHigh(candle), midLow(candle), close);
    if (fast === undefined || slow === undefined) return NO_INTENTS;
    const wasUp = this.#isUp;
    if (fast !== slow) this.#isUp = fast > slow;
    if (atr === undefined) return NO_INTENTS;
    const stopDistance = Math.max(1, Math.round(atr * this.#parameters.atrMultiplier));
    if (wasUp === null || wasUp === this.#isUp) return tightened(stopDistance, candle, view);
    const side = this.#isUp === true ? 'long' : 'short';
    return turnTo(side, this.#entry(side, stopDistance, candle, view), view);
  }

  save(): Static<typeof STATE> {
    return { fast: this.#fast.save(), slow: this.#slow.save(), atr: this.#atr.save(), isUp: this.#isUp };
  }

  restore({ fast, slow, atr, isUp }: Static<typeof STATE>): void {
    this.#fast = Ema.restore(fast);
    this.#slow = Ema.restore(slow);
    this.#atr = Atr.restore(atr);
    this.#isUp = isUp;
  }

  /** The stop is measured from the price at which the entry fills. */
  #entry(side: PositionSide, stopDistance: number, candle: Candle, view: StrategyView): OpenIntent {
    const bid = view.quote?.bid ?? candle.bidClose;
    const ask = view.quote?.ask ?? candle.askClose;
    const stopLoss = (side === 'long' ? ask : bid) - directionOf(side) * stopDistance;
    const size = { riskFraction: this.#parameters.riskPerTrade, stopDistance };
    return { type: 'open', side, size, orderType: 'market', stopLoss };
  }
}

/** Returns the changes of stops that are nearer to the price at which their position would close. */
function tightened(stopDistance: number, candle: Candle, view: StrategyView): readonly ModifyIntent[] {
  const bid = view.quote?.bid ?? candle.bidClose;
  const ask = view.quote?.ask ?? candle.askClose;
  return view.positions.flatMap((position): readonly ModifyIntent[] => {
    const stopLoss = position.side === 'long' ? bid - stopDistance : ask + stopDistance;
    const { brokerPositionId } = position;
    return isTighter(stopLoss, position) ? [{ type: 'modify', brokerPositionId, stopLoss }] : [];
  });
}

function isTighter(level: number, { side, stopLoss }: Position): boolean {
  return stopLoss === undefined || (level - stopLoss) * directionOf(side) > 0;
}

/** The strategy type `trend_following`. */
export const TREND_FOLLOWING = defineStrategyType({
  name: 'trend_following',
  title: 'Trend following',
  description:
    'Turns with the trend of a fast and a slow moving average; the size follows from the risk, and the stop only tightens.',
  parameters: PARAMETERS,
  state: STATE,
  stateDependsOn: ['granularity', 'fast', 'slow', 'atrPeriod'],
  check: ({ fast, slow }) =>
    fast < slow ? [] : [{ parameter: 'fast', detail: `must be less than slow (${slow}), was ${fast}` }],
  // One more than the slow EMA needs: a turn has a before and an after.
  warmUp: ({ slow, atrPeriod }) => Math.max(slow + 1, atrPeriod),
  create: (parameters) => new TrendFollowing(parameters),
});
