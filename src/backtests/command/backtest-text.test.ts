import { describe, expect, it } from 'vitest';
import { Backtest } from '../../core/backtest/run-backtest.ts';
import { checkStrategyParameters, findStrategyType } from '../../core/strategies/registry.ts';
import { present } from '../../core/shared/assert.ts';
import { backtestText } from './backtest-text.ts';

const TYPE = present(findStrategyType('ema_cross'), 'ema_cross');
const checked = checkStrategyParameters(TYPE, {});

const SPEC = {
  strategyType: 'ema_cross',
  parameters: 'parameters' in checked ? checked.parameters : {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 100_000_000,
  from: Date.UTC(2024, 0, 3),
  until: Date.UTC(2024, 0, 4),
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: {},
  hedging: false,
  seed: 0,
} as const;

const NONE = { signals: 0, filled: 0, placed: 0, lapsed: 0, replaced: 0, waiting: 0 };

describe('the report as text', () => {
  const result = new Backtest(SPEC, TYPE).finish();

  it('says what became of signals that met a closed market, where there were any', () => {
    const entries = { ...NONE, signals: 1_203, filled: 1_200, lapsed: 2, replaced: 1 };
    const text = backtestText(
      { spec: SPEC, series: [] },
      { ...result, closedMarket: { entries, exits: NONE } },
    );

    expect(text).toContain(
      'Entries met by a closed market: 1,203, 1,200 filled after it opened, 2 lapsed, 1 replaced.',
    );
    expect(text).not.toContain('Exits met');
  });
});
