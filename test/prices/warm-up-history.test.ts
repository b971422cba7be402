/** Strategies warm up on stored prices: in a backtest on those before its range, on an account on those that reach up to now. */
import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planBacktest } from '../../src/backtests/plan-backtest.ts';
import { runStoredBacktest } from '../../src/backtests/run-stored-backtest.ts';
import { UserRecord } from '../../src/entities/index.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { warmUpHistory } from '../../src/prices/series/warm-up-history.ts';
import { createTestDatabase } from '../support/database.ts';
import { candleFile, inPieces, longQuoteFile, START } from '../support/price-files.ts';
import { quiet } from '../support/quiet-log.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

const MINUTE = 60_000;

let database: TestDatabase;
let orm: Orm;
let store: PriceSeriesStore;
let alice: string;
let bob: string;
let seriesId: string;

async function createUser(name: string): Promise<string> {
  const em = orm.em.fork();
  const user = em.create(UserRecord, { email: `${name}@example.org`, username: name, passwordHash: '-' });
  await em.flush();
  return user.id;
}

async function importText(text: string, instrument: string): Promise<string> {
  const id = randomUUIDv7();
  const request = { id, userId: alice, instrument, source: 'test.csv', skipBad: false };
  await new PriceSeries({ store }).import(request, inPieces(text));
  return id;
}

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new PriceSeriesStore(orm);
  alice = await createUser('alice');
  bob = await createUser('bob');
  // Two hours of minutes that go up and down every ten.
  const rows = Array.from({ length: 120 }, (_, minute) => {
    const close = Math.round(200 * Math.sin(minute / 3));
    return [close, close + 5, close - 5, close] as const;
  });
  seriesId = await importText(candleFile(rows), 'EUR_USD');
  await importText(longQuoteFile(3_600), 'GBP_USD');
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const wish = (changes: object = {}) => ({
  instrument: 'EUR_USD',
  granularity: 'M1' as const,
  count: 5,
  until: START + 60 * MINUTE,
  ...changes,
});

describe('The history of a warm-up', () => {
  it.each(['EUR_USD', 'GBP_USD'])(
    'is the last closed candles before now, of candles and of quotes: %s',
    async (instrument) => {
      const candles = await warmUpHistory(store, alice, wish({ instrument }));

      expect(candles.map(({ endsAt }) => (endsAt - START) / MINUTE)).toEqual([56, 57, 58, 59, 60]);
    },
  );

  it.each([
    ['of an instrument without prices', { instrument: 'AUD_USD' }],
    ['of prices that end too long before now', { until: START + 125 * MINUTE }],
    ['of prices that begin later', { until: START }],
    ['of candles that are finer than those stored', { granularity: 'S30' }],
    ['of a type that needs none', { count: 0 }],
  ])('is empty %s', async (_case, changes) => {
    expect(await warmUpHistory(store, alice, wish(changes))).toEqual([]);
  });

  it("is not made of somebody else's prices", async () => {
    expect(await warmUpHistory(store, bob, wish())).toEqual([]);
  });
});

describe('A backtest', () => {
  const run = async (from: number) => {
    const parameters = { granularity: 'M1', fast: 2, slow: 4 };
    const request = { strategyType: 'ema_cross', instrument: 'EUR_USD', seriesId, from, parameters };
    const plan = await planBacktest(store, request, alice);
    const result = await runStoredBacktest(store, plan, () => undefined);
    return result.trades.map(({ openedAt }) => (openedAt - START) / MINUTE);
  };

  it('that starts in the middle of its prices is warm at its first candle', async () => {
    const whole = await run(START);
    const later = await run(START + 60 * MINUTE);

    expect(whole[0]).toBeGreaterThanOrEqual(5);
    expect(later.length).toBeGreaterThan(3);
    // Averages that were seeded at other times differ a little; the turns are the same.
    expect(later).toEqual(whole.filter((minute) => minute >= 60).slice(-later.length));
    expect(later[0]).toBeLessThan(60 + 12);
  });
});
