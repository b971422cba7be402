import { randomUUIDv7 } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PriceSeriesRecord, UserRecord } from '../../src/entities/index.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { BacktestQueue } from '../../src/backtests/backtest-queue-store.ts';
import { BacktestReportStore } from '../../src/backtests/backtest-report-store.ts';
import { BacktestStore } from '../../src/backtests/backtest-store.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { Backtests } from '../../src/backtests/backtests.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { planBacktest } from '../../src/backtests/plan-backtest.ts';
import { runStoredBacktest } from '../../src/backtests/run-stored-backtest.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import { until } from '../support/until.ts';
import { inPieces, longQuoteFile, START } from '../support/price-files.ts';
import type { BacktestStatus } from '../../src/backtests/backtest-store.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { BacktestNews } from '../../src/backtests/backtest-runner.ts';
import type { OwnedBacktestRequest } from '../../src/backtests/backtests.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let priceSeries: PriceSeriesStore;
let backtests: BacktestStore;
let reports: BacktestReportStore;
let alice: string;
let bob: string;
let seriesId: string;

async function createUser(name: string): Promise<string> {
  const em = orm.em.fork();
  const user = em.create(UserRecord, { email: `${name}@example.org`, username: name, passwordHash: '-' });
  await em.flush();
  return user.id;
}

async function importQuotes(instrument: string, count: number): Promise<string> {
  const service = new PriceSeries({ store: priceSeries });
  const file = { id: randomUUIDv7(), userId: alice, instrument, source: 'test.csv', skipBad: false };
  return (await service.import(file, inPieces(longQuoteFile(count), 100_000))).series.id;
}

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  priceSeries = new PriceSeriesStore(orm);
  backtests = new BacktestStore(orm);
  reports = new BacktestReportStore(orm);
  alice = await createUser('alice');
  bob = await createUser('bob');
  seriesId = await importQuotes('EUR_USD', 30_000);
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const opened: Backtests[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((service) => service[Symbol.asyncDispose]()));
});

/** Opens a service that is closed after the test. */
function openService(threads = 1): Backtests {
  const queue = new BacktestQueue(orm, database.url);
  const service = new Backtests({
    backtests,
    priceSeries,
    queue,
    databaseUrl: database.url,
    threads,
    log: quiet,
    limits: { mostOf: () => Promise.resolve(50) },
  });
  opened.push(service);
  return service;
}

function request(changes: Partial<OwnedBacktestRequest> = {}): OwnedBacktestRequest {
  return {
    id: randomUUIDv7(),
    userId: alice,
    strategyType: 'ema_cross',
    parameters: { granularity: 'M1', fast: 3, slow: 8 },
    instrument: 'EUR_USD',
    ...changes,
  };
}

/** Resolves with the news that say a backtest has a status. */
function whenIs(service: Backtests, backtestId: string, status: BacktestStatus): Promise<BacktestNews> {
  const { promise, resolve } = Promise.withResolvers<BacktestNews>();
  const stopListening = service.onBacktestProgress((news) => {
    if (news.backtestId !== backtestId || news.status !== status) return;
    stopListening();
    resolve(news);
  });
  return promise;
}

async function runToEnd(
  service: Backtests,
  wanted: OwnedBacktestRequest,
  status: BacktestStatus,
): Promise<void> {
  const ended = whenIs(service, wanted.id, status);
  await service.create(wanted);
  await ended;
}

describe('requesting a backtest', () => {
  it.each([
    ['/strategyType', { strategyType: 'magic' }],
    ['/instrument', { instrument: 'EUR_XYZ' }],
    ['/instrument', { instrument: 'GBP_CHF' }],
    ['/parameters/fast', { parameters: { fast: 30, slow: 10 } }],
    ['/parameters/fast', { parameters: { fast: 'three' } }],
    ['/currency', { currency: 'JPY' }],
    ['/to', { from: START + 9_000, until: START + 9_000 }],
    ['/initialBalance', { initialBalance: 0 }],
    ['/costs/slippagePoints', { costs: { slippagePoints: -1 } }],
    ['/seriesId', { seriesId: '00000000-0000-7000-8000-000000000000' }],
  ] as const)('is refused with a word about %s: %j', async (pointer, changes) => {
    const service = openService();

    const refusal = service.create(request(changes));

    await expect(refusal).rejects.toMatchObject({
      type: 'invalid-request',
      facts: { errors: [{ pointer }] },
    });
  });

  it('fills in the newest series, its whole range, the quote currency and the costs', async () => {
    const service = openService();

    const backtest = await service.create(request());

    expect(backtest).toMatchObject({
      status: 'queued',
      seriesId,
      from: START,
      until: START + 29_999_001,
      currency: 'USD',
      initialBalance: 100_000_000,
      terms: {
        slippagePoints: 0,
        commissionPerMillion: 0,
        conversionMarkup: 0.005,
        hedging: false,
        limits: {},
      },
    });
    await service.cancel(alice, backtest.id);
  });

  it('gives equal hashes to equal requests only', async () => {
    const plan = async (changes: Partial<OwnedBacktestRequest>) =>
      (await planBacktest(priceSeries, request(changes), alice)).specHash;

    const first = await plan({});

    expect(await plan({ from: START, currency: 'USD' })).toBe(first);
    expect(await plan({ from: START + 1 })).not.toBe(first);
    expect(await plan({ seed: 1 })).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  it('makes one backtest of a request that is repeated', async () => {
    const service = openService();
    const wanted = request();

    const [first, second] = [await service.create(wanted), await service.create(wanted)];

    expect(second).toEqual(first);
    await service.cancel(alice, first.id);
  });
});

describe('running backtests', () => {
  it('stores the very report that the same run gives here, and reports its progress', async () => {
    const service = openService();
    service.start();
    const wanted = request({ costs: { slippagePoints: 1, commissionPerMillion: 350_000 } });
    const heard: BacktestNews[] = [];
    service.onBacktestProgress((news) => heard.push(news));

    await runToEnd(service, wanted, 'completed');

    const result = await runStoredBacktest(
      priceSeries,
      await planBacktest(priceSeries, wanted, alice),
      () => undefined,
    );
    expect(await service.get(alice, wanted.id)).toMatchObject({
      status: 'completed',
      progress: 1,
      quotes: 30_000,
      error: undefined,
    });
    expect(await reports.resultsOf(alice, wanted.id)).toMatchObject({
      balance: result.balance,
      equity: result.equity,
      metrics: {
        netProfit: result.metrics.netProfit,
        trades: result.trades.length,
        maxDrawdown: result.metrics.maxDrawdown,
      },
      costs: { gross: result.metrics.costs.gross, spread: result.metrics.costs.spread },
    });
    expect(await reports.curveOf(alice, wanted.id)).toEqual(result.equityCurve);
    const trades = await reports.tradesOf(alice, wanted.id, { limit: 500, after: undefined });
    expect(result.trades.length).toBeGreaterThan(5);
    expect(trades.length).toBe(result.trades.length);
    for (const { ordinal, ...trade } of trades) expect(result.trades[ordinal]).toMatchObject(trade);
    expect(heard[0]).toMatchObject({ backtestId: wanted.id, userId: alice, status: 'running' });
    expect(heard.at(-1)).toMatchObject({ status: 'completed', progress: 1, quotes: 30_000 });
  });

  it('lets the process do something else after each chunk of prices, when its caller does', async () => {
    const steps: string[] = [];

    await runStoredBacktest(priceSeries, await planBacktest(priceSeries, request({}), alice), async () => {
      steps.push('chunk');
      await setImmediate();
      steps.push('something else');
    });

    expect(steps.length).toBeGreaterThan(2);
    expect(steps).toEqual(steps.map((_step, index) => (index % 2 === 0 ? 'chunk' : 'something else')));
  });

  it('gives no report to another user', async () => {
    const service = openService();
    service.start();
    const wanted = request({ until: START + 3_000_000 });
    await runToEnd(service, wanted, 'completed');

    await expect(service.get(bob, wanted.id)).rejects.toMatchObject({ type: 'not-found' });
    await expect(service.cancel(bob, wanted.id)).rejects.toMatchObject({ type: 'not-found' });
    await expect(service.remove(bob, wanted.id)).rejects.toMatchObject({ type: 'not-found' });
    expect(await reports.resultsOf(bob, wanted.id)).toBeUndefined();
    expect(await reports.curveOf(bob, wanted.id)).toBeUndefined();
    expect(await reports.tradesOf(bob, wanted.id, { limit: 9, after: undefined })).toEqual([]);
  });

  it('marks a backtest failed when its thread dies, and continues with the next', async () => {
    const service = openService();
    service.start();
    const damaged = await importQuotes('EUR_CHF', 10);
    await orm.em
      .fork()
      .getKysely()
      .updateTable('price_chunks')
      .set({ data: Buffer.from('damaged') })
      .where('series_id', '=', damaged)
      .execute();
    const wanted = request({ instrument: 'EUR_CHF' });

    await runToEnd(service, wanted, 'failed');
    await runToEnd(service, request({ until: START + 3_000_000 }), 'completed');

    expect(await service.get(alice, wanted.id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('damaged'),
    });
    expect(await reports.resultsOf(alice, wanted.id)).toBeUndefined();
  });

  it('ends a running backtest that is cancelled, and leaves no report', async () => {
    const service = openService();
    service.start();
    const wanted = request();
    const running = whenIs(service, wanted.id, 'running');
    await service.create(wanted);
    await running;

    const cancelled = await service.cancel(alice, wanted.id);
    // The only thread is free again for what follows.
    await runToEnd(service, request({ until: START + 3_000_000 }), 'completed');

    expect(cancelled.status).toBe('cancelled');
    expect(await service.get(alice, wanted.id)).toMatchObject({ status: 'cancelled' });
    expect(await reports.resultsOf(alice, wanted.id)).toBeUndefined();
  });

  it('lets a backtest run to its end when the one before it in its thread is removed', async () => {
    const service = openService();
    service.start();
    const [first, second] = [request({ until: START + 3_000_000 }), request()];
    await runToEnd(service, first, 'completed');
    const [running, completed] = [
      whenIs(service, second.id, 'running'),
      whenIs(service, second.id, 'completed'),
    ];
    await service.create(second);
    await running;

    await service.remove(alice, first.id);

    expect(await completed).toMatchObject({ quotes: 30_000 });
  });

  it('refuses to cancel what is finished, and accepts to cancel twice', async () => {
    const service = openService();
    const queued = await service.create(request());
    await service.cancel(alice, queued.id);

    expect((await service.cancel(alice, queued.id)).status).toBe('cancelled');

    service.start();
    const wanted = request({ until: START + 3_000_000 });
    await runToEnd(service, wanted, 'completed');
    await expect(service.cancel(alice, wanted.id)).rejects.toMatchObject({ type: 'invalid-transition' });
  });

  it('is refused when its prices are deleted at the same moment', async () => {
    const service = openService();
    const own = await importQuotes('EUR_GBP', 200);
    const deletion = orm.em.fork();
    await deletion.begin();
    await deletion.nativeDelete(PriceSeriesRecord, own);

    const wanted = request({ instrument: 'EUR_GBP', series: { EUR_GBP: own } });
    const refused = service.create(wanted).catch((error: unknown) => error);
    await until('the request waits for the deletion', async () => {
      const query = (sql: string) => orm.em.fork().execute(sql);
      return (await waitingForLocks(query)) > 0;
    });
    await deletion.commit();

    expect(await refused).toMatchObject({ type: 'conflict' });
    await expect(service.get(alice, wanted.id)).rejects.toMatchObject({ type: 'not-found' });
  });

  it('removes a backtest with its report, and then its prices may go too', async () => {
    const service = openService();
    service.start();
    const own = await importQuotes('EUR_GBP', 200);
    const series = new PriceSeries({ store: priceSeries });
    const wanted = request({ instrument: 'EUR_GBP' });
    await runToEnd(service, wanted, 'completed');
    await expect(series.remove(alice, own)).rejects.toMatchObject({ type: 'conflict' });

    await service.remove(alice, wanted.id);
    await series.remove(alice, own);

    await expect(service.get(alice, wanted.id)).rejects.toMatchObject({ type: 'not-found' });
    expect(await reports.resultsOf(alice, wanted.id)).toBeUndefined();
  });
});

describe('a backtest that still has its terms in the former column', () => {
  const sql = (text: string): Promise<unknown> => orm.em.fork().execute(text);

  beforeAll(async () => {
    await sql('alter table backtests add column costs jsonb, alter column terms drop not null');
  });

  afterAll(async () => {
    await sql('update backtests set terms = costs where terms is null');
    await sql('alter table backtests drop column costs, alter column terms set not null');
  });

  it('is found and claimed with them', async () => {
    const service = openService();
    const queue = new BacktestQueue(orm, database.url);
    const { id, terms } = await service.create(request());
    await sql(`update backtests set costs = terms, terms = null where id = '${id}'`);

    const found = await backtests.find(id);
    const claimed = await queue.claimNext();

    expect(found?.terms).toEqual(terms);
    expect(claimed).toMatchObject({ id, terms });
    await queue.close();
    await service.cancel(alice, id);
  });
});

describe('the queue', () => {
  it('gives each backtest to one runner, the oldest first', async () => {
    const service = openService();
    const [first, second] = [await service.create(request()), await service.create(request())];
    const [one, other] = [new BacktestQueue(orm, database.url), new BacktestQueue(orm, database.url)];

    const claims = [await one.claimNext(), await other.claimNext(), await one.claimNext()];

    expect(claims.map((claim) => claim?.id)).toEqual([first.id, second.id, undefined]);
    await Promise.all([one.close(), other.close()]);
    await service.cancel(alice, first.id);
    await service.cancel(alice, second.id);
  });

  it('takes a backtest back from a runner that is gone, and only then', async () => {
    const [gone, alive] = [new BacktestQueue(orm, database.url), new BacktestQueue(orm, database.url)];
    const service = openService();
    const { id } = await service.create(request({ until: START + 3_000_000 }));
    const claim = await gone.claimNext();

    const whileAlive = await alive.requeueOrphans();
    await gone.close();
    expect(whileAlive).toBe(0);
    // PostgreSQL gives a lock back a moment after its connection ended.
    await expect.poll(() => alive.requeueOrphans()).toBe(1);
    expect(await service.get(alice, id)).toMatchObject({ status: 'queued', startedAt: undefined });
    // Anyone who believed to be its runner is refused.
    const late = claim && (await alive.progress(claim, 0.5, 10));
    expect(late).toBe(false);
    await alive.close();
    const completed = whenIs(service, id, 'completed');
    service.start();
    expect(await completed).toMatchObject({ progress: 1 });
  });

  it('puts what runs back when the server stops', async () => {
    const service = openService();
    service.start();
    const wanted = request();
    const running = whenIs(service, wanted.id, 'running');
    await service.create(wanted);
    await running;

    await service[Symbol.asyncDispose]();

    expect(await backtests.find(wanted.id)).toMatchObject({ status: 'queued', progress: 0 });
    expect(await backtests.cancelOf(alice, wanted.id)).toBe(true);
  });
});
