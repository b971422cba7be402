/** The run of `backtest-quotes` and `backtest-skip`: an EMA cross on minute candles, with stop and target attached to every entry. */

import { Type } from 'typebox';
import { Ema } from '../src/core/indicators/ema.ts';
import { START } from './prices.ts';
import type { BacktestSpec } from '../src/core/backtest/backtest-spec.ts';
import type { Intent, Strategy, StrategyType } from '../src/core/strategies/strategy.ts';

const STOP_POINTS = 200;
const TARGET_POINTS = 400;

/** Follows the crossing of EMA 12 and 26 on minute candles; one position at a time, ended by its stop or target. */
class EmaCrossWithTarget implements Strategy {
  readonly granularities = ['M1'] as const;
  readonly #fast = new Ema(12);
  readonly #slow = new Ema(26);
  #wasAbove: boolean | undefined;

  onCandle(
    ...[{ bidClose, askClose }, { positions, hasOpenOrder, quote }]: Parameters<Strategy['onCandle']>
  ): readonly Intent[] {
    const middle = (bidClose + askClose) / 2;
    const [fast, slow] = [this.#fast.update(middle), this.#slow.update(middle)];
    if (fast === undefined || slow === undefined || !quote) return [];
    const [isAbove, wasAbove] = [fast > slow, this.#wasAbove];
    this.#wasAbove = isAbove;
    if (wasAbove === undefined || isAbove === wasAbove || positions.length > 0 || hasOpenOrder) return [];
    const [side, price, direction] = isAbove
      ? (['long', quote.ask, 1] as const)
      : (['short', quote.bid, -1] as const);
    const stopLoss = price - direction * STOP_POINTS;
    const takeProfit = price + direction * TARGET_POINTS;
    return [{ type: 'open', side, size: { units: 10_000 }, orderType: 'market', stopLoss, takeProfit }];
  }

  save() {
    return null;
  }

  restore(): void {
    // A backtest neither saves nor restores.
  }
}

export const TYPE: StrategyType = {
  name: 'ema_cross_with_target',
  title: 'EMA cross with stop and target',
  description: 'For the benchmark.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: Type.Object({}),
  checkParameters: () => [],
  warmUpCandles: () => 27,
  create: () => new EmaCrossWithTarget(),
};

export const SPEC: BacktestSpec = {
  strategyType: TYPE.name,
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 10_000_0000,
  from: START,
  until: Infinity,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: { maxOrderUnits: 100_000, maxPositionUnits: 100_000 },
  hedging: false,
  seed: 0,
};
