/** `rsi_reversion`: buys what has fallen too fast, and sells it again when it has risen too fast. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import { Rsi } from '../indicators/rsi.ts';
import { closesOf, EntryPlan, entryWarmUpCandles, turnTo } from './entry.ts';
import { midClose } from './mid-prices.ts';
import { atrStopSchema, ENTRY_PARAMETERS, GRANULARITY, riskFaults, typedParameters } from './parameters.ts';
import { DIVERGENCE_STATE, DivergenceDetector } from './rsi-divergence.ts';
import { ATR_STATE, checkedState, RSI_STATE, savedState, stateKey } from './saved-state.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Intent, Strategy, StrategyType, StrategyView } from './strategy.ts';
import type { Json } from '../shared/json.ts';

const PARAMETERS = Type.Object(
  {
    granularity: GRANULARITY,
    rsi_period: Type.Integer({ default: 14, minimum: 2, maximum: 500, description: 'Candles of the RSI.' }),
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
    use_divergence: Type.Boolean({
      default: false,
      description: 'Also enter when the close makes a new extreme that the RSI does not confirm.',
    }),
    divergence_lookback: Type.Integer({
      default: 5,
      minimum: 2,
      maximum: 500,
      description: 'Candles before this one in which a divergence is looked for.',
    }),
    allow_short: Type.Boolean({ default: false, description: 'Also trade the other way round.' }),
    atr_stop: atrStopSchema(0),
    ...ENTRY_PARAMETERS,
  },
  { additionalProperties: false },
);

const STATE = savedState({ rsi: RSI_STATE, divergence: DIVERGENCE_STATE, entry: ATR_STATE });

/**
 * RSI at or below `oversold`: closes shorts and, when flat, goes long. At or above `overbought`: closes longs and, when flat and
 * shorts are allowed, goes short. In between, with `use_divergence`: a bullish divergence goes long and a bearish one short, when
 * flat; a divergence closes nothing.
 */
class RsiReversion implements Strategy {
  readonly granularities: readonly Granularity[];
  readonly #parameters: Static<typeof PARAMETERS>;
  readonly #key: string;
  readonly #entry: EntryPlan;
  readonly #divergence: DivergenceDetector;
  #rsi: Rsi;

  constructor(parameters: Static<typeof PARAMETERS>) {
    const { granularity, rsi_period: period, divergence_lookback: lookback } = parameters;
    this.granularities = [granularity];
    this.#parameters = parameters;
    this.#key = stateKey(RSI_REVERSION, [granularity, period, lookback]);
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
    const { oversold, overbought, use_divergence: usesDivergence } = this.#parameters;
    if (rsi <= oversold) return this.#goLong(candle, view);
    if (rsi >= overbought) return this.#endLong(candle, view);
    if (!usesDivergence || divergence === undefined || view.positions.length > 0) return NO_INTENTS;
    return divergence === 'bullish' ? this.#goLong(candle, view) : this.#endLong(candle, view);
  }

  #goLong(candle: Candle, view: StrategyView): readonly Intent[] {
    return turnTo('long', this.#entry.entry('long', candle, view), view);
  }

  #endLong(candle: Candle, view: StrategyView): readonly Intent[] {
    if (!this.#parameters.allow_short) return closesOf('long', view);
    return turnTo('short', this.#entry.entry('short', candle, view), view);
  }

  save(): Json {
    const saved: Static<typeof STATE> = {
      key: this.#key,
      rsi: this.#rsi.save(),
      divergence: this.#divergence.save(),
      entry: this.#entry.save(),
    };
    return saved;
  }

  restore(state: Json): void {
    const saved = checkedState(STATE, this.#key, state);
    this.#rsi = Rsi.restore(saved.rsi);
    this.#divergence.restore(saved.divergence);
    this.#entry.restore(saved.entry);
  }
}

/** The strategy type `rsi_reversion`. */
export const RSI_REVERSION: StrategyType = {
  name: 'rsi_reversion',
  title: 'RSI reversion',
  description:
    'Goes long when the RSI is oversold and closes when it is overbought; the other way round too where shorts are allowed. ' +
    'A divergence between price and RSI can be a second reason to enter.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: PARAMETERS,
  checkParameters: (parameters) => {
    const { oversold, overbought, ...entry } = typedParameters(PARAMETERS, parameters);
    const detail = `must be less than overbought (${overbought}), was ${oversold}`;
    return [...(oversold < overbought ? [] : [{ parameter: 'oversold', detail }]), ...riskFaults(entry)];
  },
  warmUpCandles: (parameters) => {
    const { rsi_period: period, ...others } = typedParameters(PARAMETERS, parameters);
    const lookback = others.use_divergence ? others.divergence_lookback : 0;
    // RSI is made of changes, so it needs one close more than changes.
    return Math.max(period + 1 + lookback, entryWarmUpCandles(others));
  },
  create: (parameters) => new RsiReversion(typedParameters(PARAMETERS, parameters)),
};
