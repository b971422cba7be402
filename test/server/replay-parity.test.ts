/** Over the wire too, the same quotes give a paper account the trades of a backtest. `paper-parity` does it for every strategy type. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { quotesAsCsv, writeQuotes } from '../support/made-quotes.ts';
import { ServerHere } from '../support/server-here.ts';
import { WARN } from '../support/server-process.ts';
import { auditAccount, createAccount, createdOrderIds, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';
import type { MadeQuotes } from '../support/made-quotes.ts';
import type { WantedStrategy } from '../support/trading.ts';

/** Friday evening to Monday night, over a weekend and the end of a trading day with a position. */
const QUOTES = {
  instrument: 'EUR_USD',
  from: Date.UTC(2026, 0, 9, 18),
  until: Date.UTC(2026, 0, 12, 23),
  everyMs: 20_000,
  seed: 11,
};

const STRATEGY = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 8, slow: 34, atrStop: 2, riskPerTrade: 0.005 },
};
/** Fewer would not show much. */
const LEAST_TRADES = 20;

/** Friday's last hours and Sunday's first. */
const HASTY_QUOTES = { ...QUOTES, from: Date.UTC(2026, 0, 9, 17), until: Date.UTC(2026, 0, 12, 1) };
/** Its stops are so near that nearly every quote matters: one that a stop of the server swallowed would show. */
const HASTY_STRATEGY = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 1, slow: 2, atrStop: 1 },
};
const STOPS = 6;

let folder: string;
let database: TestDatabase;
let servers: ServerHere[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-parity-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  database = await createTestDatabase();
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await database.drop();
});

/** Starts a server whose paper market is this file, as fast as it can. */
function startServer(file: string): ServerHere {
  const server = new ServerHere({ DATABASE_URL: database.url, PAPER_FEED: `replay:${file}?speed=max` });
  servers.push(server);
  return server;
}

interface TradeOverTheWire {
  readonly side: string;
  readonly units: string | number;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly exitReason: string;
  readonly financing: string;
  readonly result: string;
}

/** What both sides must agree on. */
function essence(trade: TradeOverTheWire) {
  const { side, units, openedAt, closedAt, entryPrice, exitPrice, exitReason, financing, result } = trade;
  return {
    side,
    units: Number(units),
    openedAt,
    closedAt,
    entryPrice,
    exitPrice,
    exitReason,
    financing,
    result,
  };
}

/** Runs the strategy through a backtest on the prices, and returns its trades and final balance. */
async function backtest(person: ApiClient, csv: string, strategy: WantedStrategy) {
  const series = await person.post<{ id: string }>(`/price-series?instrument=${strategy.instrument}`, {
    csv,
  });
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

interface Summary {
  readonly money: { readonly at: string; readonly balance: string } | null;
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

/** How many trades have closed, asked without the server: its work is what is tested. */
async function countTrades(): Promise<number> {
  const [row] = await onPlainConnection(database.url, 'test', (query) =>
    query('select count(*)::int as trades from trades'),
  );
  return Number(row?.['trades']);
}

/** Waits until the account has seen the last price. */
async function untilPlayed(person: ApiClient, accountId: string, csv: string): Promise<void> {
  const [time = ''] = csv.trimEnd().slice(-100).split('\n').at(-1)?.split(',') ?? [];
  const lastAt = new Date(time).toISOString();
  await until('the account has seen the last price', async () => {
    const { money } = await person.get<Summary>(`/accounts/${accountId}/summary`);
    return money?.at === lastAt;
  });
}

async function madeFile(quotes: MadeQuotes): Promise<{ readonly file: string; readonly csv: string }> {
  return { file: await writeQuotes(folder, quotes), csv: quotesAsCsv(quotes) };
}

describe('a recording that a paper account trades', () => {
  it('gives the trades of the backtest', async () => {
    const { file, csv } = await madeFile(QUOTES);
    const server = startServer(file);
    const person = await ApiClient.signUp(await server.ready);
    const expected = await backtest(person, csv, STRATEGY);

    const accountId = await createAccount(person);
    await startStrategy(person, accountId, STRATEGY);
    await untilPlayed(person, accountId, csv);

    await expect.poll(() => traded(person, accountId)).toEqual(expected);
    expect(expected.trades.length).toBeGreaterThanOrEqual(LEAST_TRADES);
    expect(expected.trades.map(({ exitReason }) => exitReason)).toContain('stop_loss');
    expect(expected.trades.some(({ financing }) => Number(financing) < 0)).toBe(true);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(server.lines.filter(({ level }) => level >= WARN)).toEqual([]);
    const { report } = await auditAccount(database.url, accountId);
    expect(report.trades).toBe(expected.trades.length);
  });

  it('gives them too when the server is stopped and started again and again meanwhile', async () => {
    const { file, csv } = await madeFile(HASTY_QUOTES);
    let server = startServer(file);
    let person = await ApiClient.signUp(await server.ready);
    const expected = await backtest(person, csv, HASTY_STRATEGY);
    const accountId = await createAccount(person);
    const strategyId = await startStrategy(person, accountId, HASTY_STRATEGY);

    for (let stop = 1; stop <= STOPS; stop += 1) {
      // All in the first half: the market runs on between our look and the stop, and must not reach its end.
      const share = Math.floor((expected.trades.length * stop) / (2 * STOPS));
      await until(`it has made ${share} trades`, async () => (await countTrades()) >= share);
      expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
      const { report } = await auditAccount(database.url, accountId);
      expect(report.trades, 'it was stopped too late to show anything').toBeLessThan(expected.trades.length);
      server = startServer(file);
      person = person.at(await server.ready);
    }
    await untilPlayed(person, accountId, csv);

    await expect.poll(() => traded(person, accountId)).toEqual(expected);
    expect(await person.get(`/strategies/${strategyId}`)).toMatchObject({ status: 'running' });
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
    const { log, orders } = await auditAccount(database.url, accountId);
    // A stop inside the spread is denied here, and such an order is sent to no one.
    const ofStrategy = orders.filter(
      ({ createdBy, status }) => createdBy === 'strategy' && status !== 'denied',
    );
    expect(createdOrderIds(log).toSorted()).toEqual(ofStrategy.map(({ id }) => id).toSorted());
  });
});
