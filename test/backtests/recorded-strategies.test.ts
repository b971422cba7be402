/** Strategy types on recorded prices of a real broker, if the folder with them exists: a month of quotes, eleven years of hours. */

import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Backtest } from '../../src/core/backtest/run-backtest.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import { checkStrategyParameters, findStrategyType } from '../../src/core/strategies/registry.ts';
import { PriceCsvReader } from '../../src/prices/import/price-csv-reader.ts';
import type { BacktestResult } from '../../src/core/backtest/backtest-result.ts';
import type { Json } from '../../src/core/shared/json.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data');
const isMissing = !existsSync(FOLDER);
const FILES = { quotes: 'EUR_USD-ticks-2014-05.csv.gz', hours: 'EUR_USD-H1-2007-2018.csv.gz' };

async function run(
  file: string,
  strategyType: string,
  input: Readonly<Record<string, Json>>,
  hedging: boolean,
): Promise<BacktestResult> {
  const type = findStrategyType(strategyType);
  const checked = type && checkStrategyParameters(type, input);
  if (!type || !checked || 'errors' in checked) throw new Error(JSON.stringify(checked));
  const spec = {
    strategyType,
    parameters: checked.parameters,
    instrument: 'EUR_USD',
    currency: 'USD',
    initialBalance: 100_000_0000,
    from: Date.UTC(2000, 0),
    until: Date.UTC(2030, 0),
    costs: DEFAULT_COSTS,
    limits: {},
    hedging,
    seed: 0,
  } as const;
  const backtest = new Backtest(spec, type);
  const instrument = PAPER_INSTRUMENTS.named('EUR_USD');
  const reader = new PriceCsvReader(createReadStream(join(FOLDER, file)), { instrument, skipBad: false });
  for await (const columns of reader) {
    if (columns.kind === 'quotes') backtest.feedQuotes(columns);
    else backtest.feedCandles(columns, 'H1');
  }
  return backtest.finish();
}

describe.skipIf(isMissing)(
  `On recorded prices${isMissing ? ' (skipped: ../shared/data is missing)' : ''}`,
  () => {
    it('trend_following trades eleven years of hours, and every exit is its own or its stop', async () => {
      const result = await run(
        FILES.hours,
        'trend_following',
        { granularity: 'H1', riskPerTrade: 0.005 },
        false,
      );
      const reasons = new Set(result.trades.map(({ exitReason }) => exitReason));

      expect(result.strategyFailure).toBeUndefined();
      expect(result.trades.length).toBeGreaterThan(800);
      expect([...reasons].toSorted()).toEqual(['close', 'stop_loss']);
    });

    it.each(['trend_following', 'donchian_breakout'])(
      'what %s wanted as a week ended is traded as the next begins, and the report says so',
      async (strategyType) => {
        const input = { granularity: 'H1', riskPerTrade: 0.005 };
        const { closedMarket } = await run(FILES.hours, strategyType, input, false);

        for (const { signals, ...ends } of [closedMarket.entries, closedMarket.exits]) {
          expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(signals);
          expect(ends.filled).toBe(signals);
        }
        expect(closedMarket.entries.signals).toBeGreaterThan(0);
      },
    );

    it.each([true, false])('snowball trades a month of quotes; hedging: %s', async (hedging) => {
      const result = await run(FILES.quotes, 'snowball', { granularity: 'M15' }, hedging);
      const again = await run(FILES.quotes, 'snowball', { granularity: 'M15' }, hedging);

      expect(result.strategyFailure).toBeUndefined();
      expect(result.trades.length).toBeGreaterThan(4);
      expect(again).toEqual(result);
    });
  },
);
