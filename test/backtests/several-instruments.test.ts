/** Backtests that need prices of more than one instrument: over HTTP, and what of them is kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BacktestQueue } from '../../src/backtests/backtest-queue-store.ts';
import { chooseSeries } from '../../src/backtests/choose-series.ts';
import { runStoredBacktest } from '../../src/backtests/run-stored-backtest.ts';
import { planBacktest } from '../../src/backtests/plan-backtest.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { onPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { EMA_CROSS } from '../../src/core/strategies/ema-cross.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { openTestServer } from '../support/test-server.ts';
import { candleFile, longQuoteFile, quoteFile, START } from '../support/price-files.ts';
import { quiet } from '../support/quiet-log.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { StrategyType } from '../../src/core/strategies/strategy.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';

const MINUTE = 60_000;

let server: TestServer;
let orm: Orm;
let alice: TestUser;
let bob: TestUser;
let gbpUsd: string;
let eurUsd: string;

beforeAll(async () => {
  server = await openTestServer();
  orm = openOrm({ databaseUrl: server.databaseUrl, log: quiet });
  alice = await server.addUser();
  bob = await server.addUser();
  gbpUsd = await upload(alice, 'GBP_USD', longQuoteFile(6_000));
  // The rate moves: a euro is worth a cent more every minute.
  const rates = Array.from({ length: 90 }, (_, minute) => {
    const rate = (1 + minute / 100).toFixed(5);
    return [minute * 60, rate, rate] as const;
  });
  eurUsd = await upload(alice, 'EUR_USD', quoteFile(rates));
});

afterAll(async () => {
  await orm.close();
  await server.close();
});

async function upload(user: TestUser, instrument: string, payload: string): Promise<string> {
  const answer = await server.app.inject({
    method: 'POST',
    url: `/api/v1/price-series?instrument=${instrument}`,
    payload,
    headers: { ...user.headers, 'content-type': 'text/csv' },
  });
  return answer.json().id;
}

function ask(user: TestUser, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  return server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: user.headers,
    ...(body && { payload: body }),
  });
}

async function completed(id: string): Promise<void> {
  const done = Promise.withResolvers<void>();
  const stop = server.backtests.onBacktestProgress((news) => {
    if (news.backtestId === id && news.status === 'completed') done.resolve();
  });
  if ((await ask(alice, 'GET', `/backtests/${id}`)).json().status === 'completed') done.resolve();
  await done.promise;
  stop();
}

const BODY = {
  strategyType: 'ema_cross',
  instrument: 'GBP_USD',
  currency: 'EUR',
  parameters: { granularity: 'M1', fast: 3, slow: 8 },
};

const errorsOf = async (user: TestUser, changes: object) =>
  (await ask(user, 'POST', '/backtests', { ...BODY, ...changes })).json().errors;

describe('a backtest in a currency that another pair converts to', () => {
  it.each([
    ['/currency', { currency: 'CHF' }, 'import a price series of USD_CHF, or of EUR_USD with EUR_CHF'],
    [
      '/series/EUR_USD',
      { series: { EUR_USD: '00000000-0000-7000-8000-000000000000' } },
      'no such price series',
    ],
    ['/series/USD_JPY', { series: { USD_JPY: '00000000-0000-7000-8000-000000000000' } }, 'leave it out'],
    ['/from', { from: '2024-01-03T01:35:00Z' }, 'the prices of EUR_USD'],
    ['/series/GBP_USD', { series: { GBP_USD: 'x' } }, 'UUID'],
  ])('is refused with a word about %s: %j', async (pointer, changes, detail) => {
    expect(await errorsOf(alice, changes)).toMatchObject([
      { pointer, detail: expect.stringContaining(detail) },
    ]);
  });

  it('is refused when a series holds prices of another instrument', async () => {
    expect(await errorsOf(alice, { series: { EUR_USD: gbpUsd } })).toMatchObject([
      { pointer: '/series/EUR_USD', detail: 'the series holds prices of GBP_USD' },
    ]);
  });

  it('uses no series of another user', async () => {
    await upload(bob, 'GBP_USD', longQuoteFile(60));

    expect(await errorsOf(bob, {})).toMatchObject([{ pointer: '/currency' }]);
  });

  it('waits, is taken back from a runner that is gone, runs, and keeps its prices', async () => {
    const accepted = await ask(alice, 'POST', '/backtests', BODY);
    const { id, ...queued } = accepted.json();
    expect(accepted.statusCode).toBe(202);
    // What all series have in common.
    expect(queued).toMatchObject({
      seriesId: gbpUsd,
      series: { GBP_USD: gbpUsd, EUR_USD: eurUsd },
      from: new Date(START).toISOString(),
      to: new Date(START + 89 * MINUTE + 1).toISOString(),
    });
    const gone = new BacktestQueue(orm, server.databaseUrl);
    expect(await gone.claimNext()).toMatchObject({ id, otherSeries: { EUR_USD: eurUsd } });
    await gone.close();
    const other = new BacktestQueue(orm, server.databaseUrl);
    await expect.poll(() => other.requeueOrphans()).toBe(1);
    await other.close();

    server.backtests.start();
    await completed(id);

    const store = new PriceSeriesStore(orm);
    const request = { ...BODY, currency: 'EUR' } as const;
    const plan = await planBacktest(store, request, alice.id);
    const result = await runStoredBacktest(store, plan, () => undefined);
    expect(plan.specHash).toBe(queued.specHash);
    expect(result.trades.length).toBeGreaterThan(10);
    const { items } = (await ask(alice, 'GET', `/backtests/${id}/trades?limit=500`)).json();
    expect(
      items.map(({ instrument, units, closedAt }: Record<string, unknown>) => [instrument, units, closedAt]),
    ).toEqual(
      result.trades.map(({ instrument, units, closedAt }) => [
        instrument,
        units,
        new Date(closedAt).toISOString(),
      ]),
    );
    expect((await ask(alice, 'GET', `/backtests/${id}`)).json()).toMatchObject({ quotes: 5_341 + 90 });
    for (const series of [gbpUsd, eurUsd])
      expect((await ask(alice, 'DELETE', `/price-series/${series}`)).statusCode).toBe(409);
  });

  it('has another hash with other prices, and its prices may go when it is cancelled and removed', async () => {
    const other = await upload(
      alice,
      'EUR_USD',
      quoteFile([
        [0, '1.1', '1.1'],
        [5_000, '1.2', '1.2'],
      ]),
    );
    const usual = (await ask(alice, 'POST', '/backtests', BODY)).json();
    const named = (await ask(alice, 'POST', '/backtests', { ...BODY, series: { EUR_USD: other } })).json();

    // The other series is newer but covers less.
    expect(usual.series.EUR_USD).toBe(eurUsd);
    expect(named.series.EUR_USD).toBe(other);
    expect(named.specHash).not.toBe(usual.specHash);
    await ask(alice, 'POST', `/backtests/${named.id}/cancel`);
    expect((await ask(alice, 'DELETE', `/price-series/${other}`)).statusCode).toBe(409);
    expect((await ask(alice, 'DELETE', `/backtests/${named.id}`)).statusCode).toBe(204);
    expect((await ask(alice, 'DELETE', `/price-series/${other}`)).statusCode).toBe(204);
  });

  it('is kept in a form that a server of before refuses, instead of running on half of the prices', async () => {
    const { id } = (await ask(alice, 'POST', '/backtests', { ...BODY, seed: 5 })).json();

    const [row] = await onPlainConnection(server.databaseUrl, 'test', (query) =>
      query(`select terms from backtests where id = '${id}'`),
    );

    expect(row?.['terms']).not.toHaveProperty('slippagePoints');
  });
});

describe('a strategy of two instruments', () => {
  /** Goes with the candles of either instrument. */
  const BOTH: StrategyType = {
    ...EMA_CROSS,
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => ({
      granularities: ['M1'],
      otherInstruments: ['USD_JPY'],
      onCandle: ({ instrument, bidOpen, bidClose }, { positions, isUnderWay }) => {
        const [position] = positions.filter((one) => one.instrument === instrument);
        if (isUnderWay(instrument) || bidOpen === bidClose) return [];
        if (position)
          return [{ type: 'close', brokerPositionId: position.brokerPositionId, tag: instrument }];
        const side = bidClose > bidOpen ? 'long' : 'short';
        return [
          { type: 'open', instrument, tag: instrument, side, size: { units: 1_000 }, orderType: 'market' },
        ];
      },
      save: () => null,
      restore: () => undefined,
    }),
  };

  it('gets the prices of both, of different kinds, and trades both', async () => {
    const candles = Array.from({ length: 100 }, (_, minute) => {
      const close = 30 * Math.round(Math.sin(minute) * 3);
      return [0, Math.max(0, close), Math.min(0, close), close] as const;
    });
    const usdJpy = await upload(alice, 'USD_JPY', candleFile(candles).replaceAll(/(\d\.\d{3})\d\d/g, '$1'));
    const store = new PriceSeriesStore(orm);
    const main = await store.find(gbpUsd);
    if (!main) throw new Error('the series is gone');
    const range = { from: START, until: START + 100 * MINUTE };

    const { series, errors } = await chooseSeries(store, {
      main,
      others: ['USD_JPY'],
      currency: 'USD',
      named: {},
      range,
      userId: alice.id,
    });
    const plan = await planBacktest(store, { ...BODY, currency: 'USD' }, alice.id);
    const result = await runStoredBacktest(store, { ...plan, type: BOTH, series }, () => undefined);

    expect(errors).toEqual([]);
    expect(series.map(({ id }) => id)).toEqual([gbpUsd, usdJpy]);
    expect(new Set(result.trades.map(({ instrument }) => instrument))).toEqual(
      new Set(['GBP_USD', 'USD_JPY']),
    );
  });

  it('is refused with a word about the instrument that has no prices', async () => {
    const store = new PriceSeriesStore(orm);
    const main = await store.find(gbpUsd);
    if (!main) throw new Error('the series is gone');

    const { errors } = await chooseSeries(store, {
      main,
      others: ['AUD_USD'],
      currency: 'USD',
      named: {},
      range: { from: START, until: START + MINUTE },
      userId: alice.id,
    });

    expect(errors).toMatchObject([
      { pointer: '/series/AUD_USD', detail: expect.stringContaining('import one') },
    ]);
  });
});
