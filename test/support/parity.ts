/** What the same quotes must give everywhere: the backtest of a strategy, and what of its trades is compared. */

import { Backtest } from '../../src/core/backtest/run-backtest.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import {
  STRATEGY_TYPES,
  checkStrategyParameters,
  findStrategyType,
} from '../../src/core/strategies/registry.ts';
import { livelyInput } from '../../src/core/strategies/testing/lively-inputs.ts';
import type { BacktestResult } from '../../src/core/backtest/backtest-result.ts';
import type { Trade } from '../../src/core/domain/trade.ts';
import type { QuoteColumns } from '../../src/prices/series/price-columns.ts';
import type { StoredTrade } from '../../src/trading/trades/trade-store.ts';
import type { ReplayedStrategy } from './paper-replay.ts';

/** All types, each on an account of its own. */
export const everyType = (granularity: string, hedging: readonly boolean[]): readonly ReplayedStrategy[] =>
  STRATEGY_TYPES.flatMap(({ name: strategyType }) => {
    const parameters = { ...livelyInput(strategyType), granularity };
    return hedging.map((hedges) => ({ strategyType, parameters, hedging: hedges }));
  });

export const nameOf = ({ strategyType, hedging }: ReplayedStrategy): string =>
  `${strategyType} on an account that ${hedging ? 'hedges' : 'nets'}`;

/** Runs the strategy through a backtest of all quotes. */
export function backtest(
  batches: readonly QuoteColumns[],
  { strategyType, parameters: input, hedging }: ReplayedStrategy,
): BacktestResult {
  const type = findStrategyType(strategyType);
  const checked = type && checkStrategyParameters(type, input);
  if (!type || !checked || 'errors' in checked) throw new Error(JSON.stringify(checked));
  const terms = { instrument: 'EUR_USD', currency: 'USD', initialBalance: 100_000_0000, limits: {} } as const;
  const range = { from: 0, until: Date.UTC(2030, 0) };
  const { parameters } = checked;
  const spec = { ...terms, ...range, strategyType, parameters, costs: DEFAULT_COSTS, hedging, seed: 0 };
  const run = new Backtest(spec, type);
  for (const batch of batches) run.feedQuotes(batch);
  return run.finish();
}

/** What must be equal: all that a trade is, but for the ids of rows and strategies. */
export function essence(trade: Trade | StoredTrade): unknown {
  const { transactionId, side, units, entryPrice, exitPrice, openedAt, closedAt, exitReason } = trade;
  const { realizedPnl, financing, commission, spreadCost, slippageCost, conversionCost } = trade;
  const money = { realizedPnl, financing, commission, spreadCost, slippageCost, conversionCost };
  return { transactionId, side, units, entryPrice, exitPrice, openedAt, closedAt, exitReason, money };
}
