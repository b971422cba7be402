/** The steps of the demo: a trader, an account, two strategies that trade, and a backtest of one of them. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { plotEquity } from '../../backtests/command/equity-plot.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { formatMoney, parseMoney } from '../../core/domain/money.ts';
import { DAY_MS } from '../../core/domain/trading-calendar.ts';
import { assert, present } from '../../core/shared/assert.ts';
import { DemoConsole } from './demo-console.ts';
import { syntheticHistory } from './demo-history.ts';
import type { DemoClient } from './demo-client.ts';

/** Who the demo trades as. */
export interface DemoTrader {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** How the demo's market runs: its seed and start are needed to make history of the same market. */
export interface DemoMarket {
  readonly seed: number;
  readonly startsAt: number;
}

/** Where lines are printed, and what ends the demo early. */
export interface Stage {
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The strategies trade minute candles: at the demo's speed that is a decision every few seconds. */
const STRATEGIES = [
  {
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M1', fast: 5, slow: 13, units: 20_000 },
  },
  {
    strategyType: 'donchian_breakout',
    instrument: 'USD_JPY',
    parameters: { granularity: 'M1', lookback: 15, exitLookback: 7, units: 20_000 },
  },
] as const;
const BACKTEST = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M15', fast: 12, slow: 26, units: 20_000 },
} as const;

const INITIAL_BALANCE = '100000.0000';
const HISTORY_DAYS = 30;
/** What the demo wants to have shown before it continues to the backtest, and how long it watches for it. */
const WANTED = { fills: 4, trades: 3 } as const;
const WATCH_MS = 60_000;
const PLOT_SIZE = { columns: 64, lines: 8 } as const;

const WithId = Type.Object({ id: Type.String() });
const Account = Type.Object({ money: Type.Object({ balance: Type.String() }) });
const Trades = Type.Object({ items: Type.Array(Type.Object({ result: Type.String() })) });
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

/** Returns a new trader with random names. */
export function newTrader(): DemoTrader {
  const username = `demo-${randomBytes(3).toString('hex')}`;
  return { username, email: `${username}@example.com`, password: randomBytes(9).toString('base64url') };
}

/** Runs the whole demo. */
export async function runDemo(
  client: DemoClient,
  trader: DemoTrader,
  market: DemoMarket,
  stage: Stage,
): Promise<void> {
  const { print, signal } = stage;
  await client.signIn(trader);
  const account = await client.call('POST', '/accounts', WithId, {
    json: { name: 'Demo', environment: 'paper', currency: 'USD', initialBalance: INITIAL_BALANCE },
  });
  print(`A paper account with ${INITIAL_BALANCE} USD. Strategies:`);
  for (const strategy of STRATEGIES) await startStrategy(client, account.id, strategy, print);
  print('');
  const screen = new DemoConsole(print);
  const instruments = STRATEGIES.map(({ instrument }) => instrument);
  const stopFollowing = await client.follow(
    [
      { channel: 'account', accountId: account.id },
      { channel: 'quotes', accountId: account.id, instruments },
    ],
    (frame) => screen.show(frame),
  );
  await watch(screen, signal);
  stopFollowing();
  await settleUp(client, account.id, print);
  await backtest(client, market, stage);
}

async function startStrategy(
  client: DemoClient,
  accountId: string,
  { strategyType, instrument, parameters }: (typeof STRATEGIES)[number],
  print: (line: string) => void,
): Promise<void> {
  const json = { accountId, name: `${strategyType} on ${instrument}`, strategyType, instrument, parameters };
  const { id } = await client.call('POST', '/strategies', WithId, { json });
  await client.call('POST', `/strategies/${id}/start`, WithId);
  print(`  ${strategyType} on ${instrument}, ${parameters.granularity} candles, ${parameters.units} units`);
}

async function watch(screen: DemoConsole, signal: AbortSignal): Promise<void> {
  const until = Date.now() + WATCH_MS;
  const isDone = (): boolean => screen.shown.fills >= WANTED.fills && screen.shown.trades >= WANTED.trades;
  while (!isDone() && Date.now() < until && !signal.aborted) await sleep(100);
  assert(signal.aborted || screen.shown.trades > 0, 'the demo saw no trade; please report this');
}

/** Shows that the account's money is what was paid in and what the trades brought. */
async function settleUp(client: DemoClient, accountId: string, print: (line: string) => void): Promise<void> {
  for (;;) {
    const { items } = await client.call('GET', `/trades?accountId=${accountId}&limit=500`, Trades);
    const { money } = await client.call('GET', `/accounts/${accountId}`, Account);
    const results = items.reduce((sum, { result }) => sum + moneyOf(result), 0);
    // Trading continues: a trade between the two answers is in one of them only.
    if (moneyOf(INITIAL_BALANCE) + results !== moneyOf(money.balance)) continue;
    print('');
    print(
      `${INITIAL_BALANCE} paid in, ${formatMoney(results)} from ${items.length} trades: the balance is ${money.balance} USD.`,
    );
    return;
  }
}

async function backtest(
  client: DemoClient,
  { seed, startsAt }: DemoMarket,
  { print, signal }: Stage,
): Promise<void> {
  print('');
  print(`Backtest of ${BACKTEST.strategyType} on the ${HISTORY_DAYS} days before:`);
  const csv = syntheticHistory(
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

function moneyOf(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}
