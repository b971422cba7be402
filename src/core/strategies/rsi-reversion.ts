/** `rsi_reversion`: buys what has fallen too fast, and sells it again when it has risen too fast. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import { Rsi } from '../indicators/rsi.ts';
import { closesOf, EntryPlan, entryWarmUpCandles, turnTo } from './entry.ts';
import { midClose } from './mid-prices.ts';
import { defineStrategyType, parametersSchema } from './define-strategy-type.ts';
import type { TypedStrategy } from './define-strategy-type.ts';
import { atrStopSchema, ENTRY_PARAMETERS, GRANULARITY, riskFaults } from './parameters.ts';
import { DIVERGENCE_STATE, DivergenceDetector } from './rsi-divergence.ts';
import { ATR_STATE, RSI_STATE } from './saved-state.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Intent, StrategyView } from './strategy.ts';

const PARAMETERS = parametersSchema({
  granularity: GRANULARITY,
  rsiPeriod: Type.Integer({ default: 14, minimum: 2, maximum: 500, description: 'Candles of the RSI.' }),
  oversold: Type.Number({
    default: 30,
    minimum: 1,
    maximum: 99,
    description: 'An RSI at or below this goes long.',
  }),
  overbought: Type.Number({
    default: 70,
    minimum: 1,
    maximum: 99,
    description: 'An RSI at or above this closes longs, and goes short where shorts are allowed.',
  }),
  useDivergence: Type.Boolean({
    default: false,
    description: 'Also enter when the close makes a new extreme that the RSI does not confirm.',
  }),
  divergenceLookback: Type.Integer({
    default: 5,
    minimum: 2,
    maximum: 500,
    description: 'Candles before this one in which a divergence is looked for.',
  }),
  allowShort: Type.Boolean({ default: false, description: 'Also trade the other way round.' }),
  atrStop: atrStopSchema(0),
  ...ENTRY_PARAMETERS,
});

const STATE = Type.Object({ rsi: RSI_STATE, divergence: DIVERGENCE_STATE, entry: ATR_STATE });

/**
 * RSI at or below `oversold`: closes shorts and, when flat, goes long. At or above `overbought`: closes longs and, when flat and
 * shorts are allowed, goes short. In between, with `useDivergence`: a bullish divergence goes long and a bearish one short, when
 * flat; a divergence closes nothing.
 */
class RsiReversion implements TypedStrategy<Static<typeof STATE>> {
  readonly granularities: readonly Granularity[];
  readonly #parameters: Static<typeof PARAMETERS>;
  readonly #entry: EntryPlan;
  readonly #divergence: DivergenceDetector;
  #rsi: Rsi;

  constructor(parameters: Static<typeof PARAMETERS>) {
    const { granularity, rsiPeriod: period, divergenceLookback: lookback } = parameters;
    this.granularities = [granularity];
    this.#parameters = parameters;
    this.#entry = new EntryPlan(parameters);
    this.#divergence = new DivergenceDetector(lookback);
    this.#rsi = new Rsi(period);
  }

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    const close = midClose(candle);
    this.#entry.update(candle);
    const rsi = this.#rsi.update(close);
    if (rsi === undefined) return NO_INTENTS;
    const divergence = this.#divergence.update(close, rsi);
    const { oversold, overbought, useDivergence: usesDivergence } = this.#parameters;
    if (rsi <= oversold) return this.#goLong(candle, view);
    if (rsi >= overbought) return this.#endLong(candle, view);
    if (!usesDivergence || divergence === undefined || view.positions.length > 0) return NO_INTENTS;
    return divergence === 'bullish' ? this.#goLong(candle, view) : this.#endLong(candle, view);
  }

  #goLong(candle: Candle, view: StrategyView): readonly Intent[] {
    return turnTo('long', this.#entry.entry('long', candle, view), view);
  }

  #endLong(candle: Candle, view: StrategyView): readonly Intent[] {
    if (!this.#parameters.allowShort) return closesOf('long', view);
    return turnTo('short', this.#entry.entry('short', candle, view), view);
  }

  save(): Static<typeof STATE> {
    return {
      rsi: this.#rsi.save(),
      divergence: this.#divergence.save(),
      entry: this.#entry.save(),
    };
  }

  restore(saved: Static<typeof STATE>): void {
    this.#rsi = Rsi.restore(saved.rsi);
    this.#divergence.restore(saved.divergence);
    this.#entry.restore(saved.entry);
  }
}

/** The strategy type `rsi_reversion`. */
export const RSI_REVERSION = defineStrategyType({
  name: 'rsi_reversion',
  title: 'RSI reversion',
  description:
    'Goes long when the RSI is oversold and closes when it is overbought; the other way round too where shorts are allowed. ' +
    'A divergence between price and RSI can be a second reason to enter.',
  parameters: PARAMETERS,
  state: STATE,
  stateDependsOn: ['granularity', 'rsiPeriod', 'divergenceLookback'],
  check: (parameters) => {
    const { oversold, overbought, ...entry } = parameters;
    const detail = `must be less than overbought (${overbought}), was ${oversold}`;
    return [...(oversold < overbought ? [] : [{ parameter: 'oversold', detail }]), ...riskFaults(entry)];
  },
  warmUp: (parameters) => {
    const { rsiPeriod: period, ...others } = parameters;
    const lookback = others.useDivergence ? others.divergenceLookback : 0;
    // RSI is made of changes, so it needs one close more than changes.
    return Math.max(period + 1 + lookback, entryWarmUpCandles(others));
  },
  create: (parameters) => new RsiReversion(parameters),
});
