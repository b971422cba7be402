/** `donchian_breakout`: enters when the close leaves the range of the candles before it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import { RollingExtreme } from '../indicators/rolling-extreme.ts';
import { closesOf, EntryPlan, entryWarmUpCandles, turnTo } from './entry.ts';
import { midClose, midHigh, midLow } from './mid-prices.ts';
import { defineStrategyType, parametersSchema } from './define-strategy-type.ts';
import type { TypedStrategy } from './define-strategy-type.ts';
import { atrStopSchema, ENTRY_PARAMETERS, GRANULARITY, riskFaults } from './parameters.ts';
import { ATR_STATE, EXTREME_STATE } from './saved-state.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Intent, StrategyView } from './strategy.ts';

const PARAMETERS = parametersSchema({
  granularity: GRANULARITY,
  lookback: Type.Integer({
    default: 20,
    minimum: 5,
    maximum: 1000,
    description: 'Candles of the channel that a close must leave to enter.',
  }),
  exitLookback: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 1000,
    description: 'Candles of the channel whose far side closes.',
  }),
  atrStop: atrStopSchema(2),
  ...ENTRY_PARAMETERS,
});

const CHANNEL_STATE = Type.Object({ highest: EXTREME_STATE, lowest: EXTREME_STATE });
const STATE = Type.Object({ entryChannel: CHANNEL_STATE, exitChannel: CHANNEL_STATE, entry: ATR_STATE });

/** The highest high and the lowest low of the last n candles. */
class Channel {
  #highest: RollingExtreme;
  #lowest: RollingExtreme;

  constructor(candles: number) {
    this.#highest = new RollingExtreme('maximum', candles);
    this.#lowest = new RollingExtreme('minimum', candles);
  }

  update(candle: Candle): void {
    this.#highest.update(midHigh(candle));
    this.#lowest.update(midLow(candle));
  }

  /** On which side of the channel a close lies; undefined within it, on its edge, and while the channel is not complete. */
  sideOf(close: number): 'above' | 'below' | undefined {
    const highest = this.#highest.value;
    const lowest = this.#lowest.value;
    if (highest !== undefined && close > highest) return 'above';
    return lowest !== undefined && close < lowest ? 'below' : undefined;
  }

  save(): Static<typeof CHANNEL_STATE> {
    return { highest: this.#highest.save(), lowest: this.#lowest.save() };
  }

  restore(state: Static<typeof CHANNEL_STATE>): void {
    this.#highest = RollingExtreme.restore(state.highest);
    this.#lowest = RollingExtreme.restore(state.lowest);
  }
}

/**
 * A close above the entry channel of the candles before it goes long, below it short; what is open on the other side closes first.
 * A close below the exit channel closes longs, above it shorts.
 */
class DonchianBreakout implements TypedStrategy<Static<typeof STATE>> {
  readonly granularities: readonly Granularity[];
  readonly #entry: EntryPlan;
  readonly #entryChannel: Channel;
  readonly #exitChannel: Channel;

  constructor(parameters: Static<typeof PARAMETERS>) {
    const { granularity, lookback, exitLookback } = parameters;
    this.granularities = [granularity];
    this.#entry = new EntryPlan(parameters);
    this.#entryChannel = new Channel(lookback);
    this.#exitChannel = new Channel(exitLookback);
  }

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    this.#entry.update(candle);
    const close = midClose(candle);
    const breakout = this.#entryChannel.sideOf(close);
    const exit = this.#exitChannel.sideOf(close);
    // Only now: the candle that breaks out of a channel is no part of it.
    this.#entryChannel.update(candle);
    this.#exitChannel.update(candle);
    if (breakout !== undefined) {
      const side = breakout === 'above' ? 'long' : 'short';
      return turnTo(side, this.#entry.entry(side, candle, view), view);
    }
    return exit === undefined ? NO_INTENTS : closesOf(exit === 'above' ? 'short' : 'long', view);
  }

  save(): Static<typeof STATE> {
    return {
      entryChannel: this.#entryChannel.save(),
      exitChannel: this.#exitChannel.save(),
      entry: this.#entry.save(),
    };
  }

  restore(saved: Static<typeof STATE>): void {
    this.#entryChannel.restore(saved.entryChannel);
    this.#exitChannel.restore(saved.exitChannel);
    this.#entry.restore(saved.entry);
  }
}

/** The strategy type `donchian_breakout`. */
export const DONCHIAN_BREAKOUT = defineStrategyType({
  name: 'donchian_breakout',
  title: 'Donchian breakout',
  description:
    'Goes long when a candle closes above the highest high of the candles before it, short when below the lowest low; ' +
    'the opposite side of a shorter channel, or the stop, closes.',
  parameters: PARAMETERS,
  state: STATE,
  stateDependsOn: ['granularity', 'lookback', 'exitLookback'],
  check: (parameters) => riskFaults(parameters),
  warmUp: (parameters) => {
    const { lookback, ...entry } = parameters;
    return Math.max(lookback + 1, entryWarmUpCandles(entry));
  },
  create: (parameters) => new DonchianBreakout(parameters),
});
