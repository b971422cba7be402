/** The demo's last part on the paper market: a backtest on the days before, as a trader would run it. */

import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { plotEquity } from '../../backtests/command/equity-plot.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { DAY_MS } from '../../core/domain/trading-calendar.ts';
import { moneyOf, WithId } from './demo-client.ts';
import { syntheticHistory } from './demo-history.ts';
import type { DemoClient } from './demo-client.ts';
import type { Stage } from './demo-story.ts';

/** How the demo's market runs: its seed and start are needed to make history of the same market. */
export interface DemoMarket {
  readonly seed: number;
  readonly startsAt: number;
}

const BACKTEST = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M15', fast: 12, slow: 26, units: 20_000 },
} as const;

const HISTORY_DAYS = 30;
const PLOT_SIZE = { columns: 64, lines: 8 } as const;

const BacktestStatus = Type.Object({ status: Type.String() });
const Results = Type.Object({
  finalEquity: Type.String(),
  metrics: Type.Object({
    trades: Type.Union([Type.Integer(), Type.Null()]),
    winRate: Type.Union([Type.Number(), Type.Null()]),
  }),
  costs: Type.Object({
    gross: Type.String(),
    spread: Type.String(),
    financing: Type.String(),
    net: Type.String(),
  }),
});
const Equity = Type.Object({ points: Type.Array(Type.Object({ at: Type.String(), equity: Type.String() })) });

/** Runs a backtest and prints its result. */
export async function showBacktest(
  client: DemoClient,
  { seed, startsAt }: DemoMarket,
  { print, signal }: Stage,
): Promise<void> {
  print('');
  print(`Backtest of ${BACKTEST.strategyType} on the ${HISTORY_DAYS} days before:`);
  const csv = await syntheticHistory(
    PAPER_INSTRUMENTS.named(BACKTEST.instrument),
    { from: startsAt - HISTORY_DAYS * DAY_MS, until: startsAt },
    seed,
  );
  const series = await client.call('POST', `/price-series?instrument=${BACKTEST.instrument}`, WithId, {
    csv,
  });
  const { id } = await client.call('POST', '/backtests', WithId, {
    json: { ...BACKTEST, seriesId: series.id },
  });
  for (let status = 'queued'; status === 'queued' || status === 'running';) {
    if (signal.aborted) return;
    await sleep(100);
    status = (await client.call('GET', `/backtests/${id}`, BacktestStatus)).status;
  }
  const { finalEquity, metrics, costs } = await client.call('GET', `/backtests/${id}/results`, Results);
  const { points } = await client.call('GET', `/backtests/${id}/equity`, Equity);
  const winRate = metrics.winRate === null ? '–' : `${(metrics.winRate * 100).toFixed(1)} %`;
  print(
    `  ${metrics.trades ?? 0} trades, ${winRate} won; gross ${costs.gross}, spread ${costs.spread}, financing ${costs.financing}, net ${costs.net} USD; equity ${finalEquity} USD`,
  );
  print('');
  for (const line of plotEquity(
    points.map(({ at, equity }) => ({ at: Date.parse(at), equity: moneyOf(equity) })),
    PLOT_SIZE,
  ))
    print(line);
}
