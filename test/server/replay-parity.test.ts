/** The same quotes and strategy give the same trades, whether a paper account trades them or a backtest does. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { quotesAsCsv, writeQuotes } from '../support/made-quotes.ts';
import { ServerProcess, WARN } from '../support/server-process.ts';
import { auditAccount, createAccount, createdOrderIds, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';
import type { WantedStrategy } from '../support/trading.ts';

/** Thursday to Tuesday, over a weekend. */
const QUOTES = {
  instrument: 'EUR_USD',
  from: Date.UTC(2026, 0, 8, 6),
  until: Date.UTC(2026, 0, 13, 12),
  everyMs: 20_000,
  seed: 11,
};

const STRATEGIES: readonly WantedStrategy[] = [
  {
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M1', fast: 8, slow: 34, atr_stop: 2, risk_per_trade: 0.005 },
  },
  {
    strategyType: 'donchian_breakout',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M5', lookback: 12, exit_lookback: 6, atr_stop: 1.5, units: 25_000 },
  },
  {
    strategyType: 'rsi_reversion',
    instrument: 'EUR_USD',
    parameters: {
      granularity: 'M1',
      rsi_period: 9,
      oversold: 20,
      overbought: 80,
      allow_short: true,
      atr_stop: 2,
    },
  },
];

/** Fewer would not show much. */
const LEAST_TRADES = 20;
const STOPS = 4;
const RECORDED = join(import.meta.dirname, '../../../shared/data/EUR_USD-ticks-2014-05.csv.gz');

interface TradeOverTheWire {
  readonly side: string;
  readonly units: string | number;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly exitReason: string;
  readonly result: string;
}

let folder: string;
let file: string;
let csv: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-parity-'));
  file = await writeQuotes(folder, QUOTES);
  csv = quotesAsCsv(QUOTES);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database.drop());

/** What both sides must agree on. */
function essence({
  side,
  units,
  openedAt,
  closedAt,
  entryPrice,
  exitPrice,
  exitReason,
  result,
}: TradeOverTheWire) {
  return { side, units: Number(units), openedAt, closedAt, entryPrice, exitPrice, exitReason, result };
}

/** Runs the strategy through a backtest on the prices, and returns its trades and final balance. */
async function backtest(person: ApiClient, prices: string, strategy: WantedStrategy) {
  const { instrument } = strategy;
  const series = await person.post<{ id: string }>(`/price-series?instrument=${instrument}`, { csv: prices });
  const body = { ...strategy, seriesId: series.id, initialBalance: '100000', currency: 'USD' };
  const { id } = await person.post<{ id: string }>('/backtests', { body });
  await until('the backtest is completed', async () => {
    const { status, error } = await person.get<{ status: string; error: string | null }>(`/backtests/${id}`);
    if (error !== null) throw new Error(error);
    return status === 'completed';
  });
  const trades = await person.all<TradeOverTheWire>(`/backtests/${id}/trades`);
  const { finalBalance } = await person.get<{ finalBalance: string }>(`/backtests/${id}/results`);
  return { trades: trades.map(essence), finalBalance };
}

/** An account's trades in the order in which they closed, and its balance. */
async function traded(person: ApiClient, accountId: string) {
  const trades = await person.all<TradeOverTheWire & { brokerTransactionId: string }>(
    `/trades?accountId=${accountId}`,
  );
  trades.sort((a, b) => Number(a.brokerTransactionId) - Number(b.brokerTransactionId));
  const { money } = await person.get<Summary>(`/accounts/${accountId}/summary`);
  return { trades: trades.map(essence), finalBalance: money?.balance };
}

async function countTrades(person: ApiClient, accountId: string): Promise<number> {
  return (await person.all(`/trades?accountId=${accountId}`)).length;
}

interface Summary {
  readonly money: { readonly at: string; readonly balance: string } | null;
}

/** Waits until the account has seen the last price. */
async function untilPlayed(person: ApiClient, accountId: string, lastAt: string): Promise<void> {
  await until('the account has seen the last price', async () => {
    const { money } = await person.get<Summary>(`/accounts/${accountId}/summary`);
    return money?.at === lastAt;
  });
}

function lastTime(prices: string): string {
  const [time = ''] = prices.trimEnd().slice(-100).split('\n').at(-1)?.split(',') ?? [];
  return new Date(time).toISOString();
}

describe('a recording that a paper account trades', () => {
  it.each(STRATEGIES)('gives the trades of the backtest with $strategyType', async (strategy) => {
    await using server = new ServerProcess({
      DATABASE_URL: database.url,
      PAPER_FEED: `replay:${file}?speed=max`,
    });
    const person = await ApiClient.signUp(await server.ready);
    const expected = await backtest(person, csv, strategy);

    const accountId = await createAccount(person);
    await startStrategy(person, accountId, strategy);
    await untilPlayed(person, accountId, lastTime(csv));

    await expect.poll(() => traded(person, accountId), { timeout: 5_000 }).toEqual(expected);
    expect(expected.trades.length).toBeGreaterThanOrEqual(LEAST_TRADES);
    expect(new Set(expected.trades.map(({ exitReason }) => exitReason))).toContain('stop_loss');
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(server.lines.filter(({ level }) => level >= WARN)).toEqual([]);
    const { report } = await auditAccount(database.url, accountId);
    expect(report.trades).toBe(expected.trades.length);
  });

  it('gives them too when the server is stopped and started again and again meanwhile', async () => {
    const [strategy] = STRATEGIES;
    if (!strategy) throw new Error('There is no strategy.');
    const settings = { DATABASE_URL: database.url, PAPER_FEED: `replay:${file}?speed=max` };
    await using first = new ServerProcess(settings);
    let person = await ApiClient.signUp(await first.ready);
    const expected = await backtest(person, csv, strategy);
    const accountId = await createAccount(person);
    const strategyId = await startStrategy(person, accountId, strategy);
    let server = first;
    for (let stop = 1; stop <= STOPS; stop += 1) {
      const share = Math.floor((expected.trades.length * stop) / (STOPS + 1));
      await until(`it has made ${share} trades`, async () => (await countTrades(person, accountId)) >= share);
      expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
      expect(server.errors).toEqual([]);
      const { report } = await auditAccount(database.url, accountId);
      expect(report.trades, 'it was stopped too late to show anything').toBeLessThan(expected.trades.length);
      server = new ServerProcess(settings);
      person = person.at(await server.ready);
    }
    await untilPlayed(person, accountId, lastTime(csv));

    await expect.poll(() => traded(person, accountId), { timeout: 5_000 }).toEqual(expected);
    expect(await person.get(`/strategies/${strategyId}`)).toMatchObject({ status: 'running' });
    await server.kill('SIGTERM');
    const { log, orders } = await auditAccount(database.url, accountId);
    const ofStrategy = orders.filter(({ createdBy }) => createdBy === 'strategy');
    expect(new Set(createdOrderIds(log))).toEqual(new Set(ofStrategy.map(({ id }) => id)));
  });
});

describe('a real month of ticks', () => {
  it.skipIf(!existsSync(RECORDED))('gives a paper account the trades of the backtest', async () => {
    const strategy = {
      strategyType: 'ema_cross',
      instrument: 'EUR_USD',
      parameters: { granularity: 'M15', fast: 12, slow: 26 },
    };
    const ticks = gunzipSync(await readFile(RECORDED)).toString();
    await using server = new ServerProcess({
      DATABASE_URL: database.url,
      PAPER_FEED: `replay:${RECORDED}?speed=max`,
    });
    const person = await ApiClient.signUp(await server.ready);
    const expected = await backtest(person, ticks, strategy);

    const accountId = await createAccount(person);
    await startStrategy(person, accountId, strategy);
    await untilPlayed(person, accountId, lastTime(ticks));

    await expect.poll(() => traded(person, accountId), { timeout: 5_000 }).toEqual(expected);
    expect(expected.trades).toHaveLength(41);
    await server.kill('SIGTERM');
    await auditAccount(database.url, accountId);
  });
});
