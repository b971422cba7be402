// The threads that backtest: which are kept for another backtest, and that it finds nothing of the one before.
import { execFile } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BacktestThreads } from '../../src/backtests/backtest-threads.ts';
import { planBacktest } from '../../src/backtests/plan-backtest.ts';
import { runStoredBacktest } from '../../src/backtests/run-stored-backtest.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { createTestDatabase } from '../support/database.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { inPieces, longQuoteFile } from '../support/price-files.ts';
import { quiet } from '../support/quiet-log.ts';
import type { BacktestThread, RunEnd } from '../../src/backtests/backtest-thread.ts';
import type { BacktestPlan } from '../../src/backtests/plan-backtest.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let priceSeries: PriceSeriesStore;
let emaCross: BacktestPlan;
let donchian: BacktestPlan;

function plan(strategyType: string, parameters: object): Promise<BacktestPlan> {
  return planBacktest(priceSeries, { strategyType, parameters, instrument: 'EUR_USD' }, undefined);
}

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  priceSeries = new PriceSeriesStore(orm);
  const file = { id: randomUUIDv7(), userId: undefined, source: 'test.csv', skipBad: false };
  const pieces = inPieces(longQuoteFile(12_000), 100_000);
  await new PriceSeries({ store: priceSeries }).import({ ...file, instrument: 'EUR_USD' }, pieces);
  emaCross = await plan('ema_cross', { granularity: 'M1', fast: 3, slow: 8 });
  donchian = await plan('donchian_breakout', { granularity: 'M1' });
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const opened: BacktestThreads[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((threads) => threads.stop()));
});

/** Opens threads that are ended after the test. */
function openThreads(keptMs?: number): BacktestThreads {
  const threads = new BacktestThreads(database.url, keptMs);
  opened.push(threads);
  return threads;
}

function runIn(thread: BacktestThread, { spec, series }: BacktestPlan): Promise<RunEnd> {
  return thread.run({ spec, series }, () => undefined);
}

function runHere(wanted: BacktestPlan) {
  return runStoredBacktest(priceSeries, wanted, () => undefined);
}

/** A report as a thread would give it. */
async function reportEnd(changes: object = {}): Promise<RunEnd> {
  return { type: 'result', result: await runHere(emaCross), heldBytes: 1, ...changes };
}

describe('a thread that backtests', () => {
  it('runs one backtest after the other, each to the very report that it has alone', async () => {
    const threads = openThreads();
    const first = threads.take();
    const results: unknown[] = [];

    for (const wanted of [emaCross, donchian, emaCross]) {
      const thread = results.length === 0 ? first : threads.take();
      const end = await runIn(thread, wanted);
      results.push(end.type === 'result' ? end.result : end);
      await threads.giveBack(thread, end);
      expect(thread).toBe(first);
    }

    expect(results).toEqual([await runHere(emaCross), await runHere(donchian), await runHere(emaCross)]);
    expect((await runHere(emaCross)).trades.length).toBeGreaterThan(3);
  });

  it('is another one for each backtest that runs at the same time', () => {
    const threads = openThreads();

    expect(threads.take()).not.toBe(threads.take());
  });

  it('ends when no other backtest comes for long', async () => {
    const threads = openThreads(1);
    const thread = threads.take();

    await threads.giveBack(thread, await reportEnd());

    await expect.poll(() => thread.hasEnded).toBe(true);
    expect(threads.take()).not.toBe(thread);
  });
});

it('a run that fails ends its thread and says why, also where Node is to ignore rejections', async () => {
  const file = new URL('../../src/backtests/backtest-thread.ts', import.meta.url);
  const script = `const { BacktestThread } = await import('${file.href}');
    const task = { spec: { strategyType: 'none' }, series: [] };
    console.log(JSON.stringify(await new BacktestThread('postgresql://localhost/none').run(task, () => undefined)));`;

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--unhandled-rejections=none', '--input-type=module', '--eval', script],
    { env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT }, timeout: 120_000 },
  );

  expect(JSON.parse(stdout)).toEqual({ type: 'died', reason: 'strategy type none is missing' });
});

describe('a thread that is not kept', () => {
  const failure = { at: 0, reason: 'it threw', stack: undefined };

  it.each<readonly [string, () => Promise<RunEnd>]>([
    ['died', () => Promise.resolve({ type: 'died', reason: 'no memory' })],
    ['was stopped', () => Promise.resolve({ type: 'stopped' })],
    [
      'ran a strategy that threw',
      async () => reportEnd({ result: { ...(await runHere(emaCross)), strategyFailure: failure } }),
    ],
    ['holds much memory', () => reportEnd({ heldBytes: 300 * 1_024 * 1_024 })],
  ])('is one that %s', async (_what, makeEnd) => {
    const threads = openThreads();
    const thread = threads.take();

    await threads.giveBack(thread, await makeEnd());

    expect(thread.hasEnded).toBe(true);
    expect(threads.take()).not.toBe(thread);
  });

  it('is one that ended while it waited', async () => {
    const threads = openThreads();
    const thread = threads.take();
    await threads.giveBack(thread, await reportEnd());
    await thread.stop();

    expect(threads.take()).not.toBe(thread);
  });

  it('is any of them once all are stopped, whether they wait, run or are given back then', async () => {
    const threads = openThreads();
    const [waits, runs, isLate] = [threads.take(), threads.take(), threads.take()];
    await threads.giveBack(waits, await reportEnd());
    const end = runIn(runs, emaCross);

    await threads.stop();
    await threads.giveBack(isLate, await reportEnd());

    expect(await end).toEqual({ type: 'stopped' });
    expect([waits, runs, isLate].map(({ hasEnded }) => hasEnded)).toEqual([true, true, true]);
  });
});
