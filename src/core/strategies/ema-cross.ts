/** `ema_cross`: follows the crossing of two exponential moving averages. The teaching example. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import { Ema } from '../indicators/ema.ts';
import { EntryPlan, entryWarmUpCandles, turnTo } from './entry.ts';
import { midClose } from './mid-prices.ts';
import { defineStrategyType, parametersSchema } from './define-strategy-type.ts';
import type { TypedStrategy } from './define-strategy-type.ts';
import { atrStopSchema, ENTRY_PARAMETERS, GRANULARITY, riskFaults } from './parameters.ts';
import { ATR_STATE, EMA_STATE } from './saved-state.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Intent, StrategyView } from './strategy.ts';

const PARAMETERS = parametersSchema({
  granularity: GRANULARITY,
  fast: Type.Integer({ default: 12, minimum: 1, maximum: 500, description: 'Candles of the fast EMA.' }),
  slow: Type.Integer({ default: 26, minimum: 2, maximum: 1000, description: 'Candles of the slow EMA.' }),
  atrStop: atrStopSchema(0),
  ...ENTRY_PARAMETERS,
});

const STATE = Type.Object({
  fast: EMA_STATE,
  slow: EMA_STATE,
  // Where the fast EMA was when the two last differed; null until then.
  isAbove: Type.Union([Type.Boolean(), Type.Null()]),
  entry: ATR_STATE,
});

/**
 * When the fast EMA of closes comes to lie above the slow one: closes shorts and goes long; below: closes longs and goes short.
 * The first position is no crossing, and neither is touching without crossing.
 */
class EmaCross implements TypedStrategy<Static<typeof STATE>> {
  readonly granularities: readonly Granularity[];
  readonly #entry: EntryPlan;
  #fast: Ema;
  #slow: Ema;
  #isAbove: boolean | null = null;

  constructor(parameters: Static<typeof PARAMETERS>) {
    const { granularity, fast, slow } = parameters;
    this.granularities = [granularity];
    this.#entry = new EntryPlan(parameters);
    this.#fast = new Ema(fast);
    this.#slow = new Ema(slow);
  }

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    const close = midClose(candle);
    this.#entry.update(candle);
    const fast = this.#fast.update(close);
    const slow = this.#slow.update(close);
    if (fast === undefined || slow === undefined || fast === slow) return NO_INTENTS;
    const wasAbove = this.#isAbove;
    this.#isAbove = fast > slow;
    if (wasAbove === null || wasAbove === this.#isAbove) return NO_INTENTS;
    const side = this.#isAbove ? 'long' : 'short';
    return turnTo(side, this.#entry.entry(side, candle, view), view);
  }

  save(): Static<typeof STATE> {
    return {
      fast: this.#fast.save(),
      slow: this.#slow.save(),
      isAbove: this.#isAbove,
      entry: this.#entry.save(),
    };
  }

  restore(saved: Static<typeof STATE>): void {
    this.#fast = Ema.restore(saved.fast);
    this.#slow = Ema.restore(saved.slow);
    this.#isAbove = saved.isAbove;
    this.#entry.restore(saved.entry);
  }
}

/** The strategy type `ema_cross`. */
export const EMA_CROSS = defineStrategyType({
  name: 'ema_cross',
  title: 'EMA cross',
  description:
    'Goes long when the fast exponential moving average of closes crosses above the slow one, short when it crosses below; ' +
    'the opposite cross closes.',
  parameters: PARAMETERS,
  state: STATE,
  stateDependsOn: ['granularity', 'fast', 'slow'],
  check: (parameters) => {
    const { fast, slow, ...entry } = parameters;
    const order =
      fast < slow ? [] : [{ parameter: 'fast', detail: `must be less than slow (${slow}), was ${fast}` }];
    return [...order, ...riskFaults(entry)];
  },
  warmUp: (parameters) => {
    const { slow, ...entry } = parameters;
    // One more than the slow EMA needs: a crossing has a before and an after.
    return Math.max(slow + 1, entryWarmUpCandles(entry));
  },
  create: (parameters) => new EmaCross(parameters),
});
