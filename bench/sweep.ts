/** `sweep`: backtests of several parameter sets on the same prices through the server's own queue and threads, two at once against one. */

import { randomUUIDv7 } from 'node:crypto';
import { Backtests } from '../src/backtests/backtests.ts';
import { BacktestQueue } from '../src/backtests/backtest-queue-store.ts';
import { BacktestStore } from '../src/backtests/backtest-store.ts';
import { DAY_MS } from '../src/core/domain/trading-calendar.ts';
import { UserStore } from '../src/people/user-store.ts';
import { openOrm } from '../src/persistence/orm.ts';
import { encodeColumns } from '../src/prices/series/price-codec.ts';
import { PriceSeriesStore } from '../src/prices/series/price-series-store.ts';
import { keepCompiledCode } from '../src/process/compiled-code.ts';
import { compareRates, processorMs } from './benchmark.ts';
import { quietLog, withDatabase } from './bench-database.ts';
import { inBatches, START, walkQuotes } from './prices.ts';
import type { Orm } from '../src/persistence/orm.ts';
import type { Benchmark } from './benchmark.ts';

const QUOTES = 4_000_000;
/** A multiple of the threads, so that none is idle at the end. Each thread is started for the first of its sets. */
const SETS = 8;
const INSTRUMENT = 'EUR_USD';

/** What is stored, and who asks. */
interface Stored {
  readonly databaseUrl: string;
  readonly orm: Orm;
  readonly prices: PriceSeriesStore;
  readonly seriesId: string;
  readonly userId: string;
}

async function prepare(databaseUrl: string, orm: Orm): Promise<Stored> {
  const [userId, seriesId] = [randomUUIDv7(), randomUUIDv7()];
  const person = { email: 'bench@example.org', username: 'bench', role: 'trader', passwordHash: '' } as const;
  await new UserStore(orm).create({ id: userId, ...person });
  const prices = new PriceSeriesStore(orm);
  const series = { id: seriesId, userId: undefined, instrument: INSTRUMENT, source: 'bench' };
  await prices.import(series, Infinity, async (write) => {
    for (const batch of inBatches(walkQuotes(QUOTES))) {
      const { times } = batch;
      const [startsAt = 0, endsAt = 0] = [times[0], times.at(-1)];
      await write({ startsAt, endsAt, rows: times.length, data: encodeColumns(batch) });
    }
    return { kind: 'quotes', granularity: undefined, skippedRows: 0 };
  });
  return { databaseUrl, orm, prices, seriesId, userId };
}

interface Sets {
  readonly threads: number;
  readonly count?: number;
  /** All prices when it is left out. */
  readonly until?: number;
}

/** Queues the sets, runs them, and returns how many there were. */
async function sweep(
  { databaseUrl, orm, prices, seriesId, userId }: Stored,
  { threads, count = SETS, until }: Sets,
): Promise<number> {
  const limits = { mostOf: async () => await Promise.resolve(count) };
  const [backtests, queue] = [new BacktestStore(orm), new BacktestQueue(orm, databaseUrl)];
  const pool = new Backtests({
    backtests,
    priceSeries: prices,
    queue,
    databaseUrl,
    threads,
    log: quietLog,
    limits,
  });
  const { promise: isDone, resolve, reject } = Promise.withResolvers<undefined>();
  let completed = 0;
  pool.onBacktestProgress(({ status }) => {
    if (status === 'failed') reject(new Error('A backtest of the sweep failed.'));
    if (status === 'completed' && ++completed === count) resolve(undefined);
  });
  for (let set = 0; set < count; set += 1) {
    const parameters = { fast: 8 + set, slow: 30 + 2 * set };
    const terms = { strategyType: 'ema_cross', parameters, instrument: INSTRUMENT, seriesId, until };
    await pool.create({ id: randomUUIDv7(), userId, ...terms });
  }
  pool.start();
  try {
    await isDone;
  } finally {
    await pool[Symbol.asyncDispose]();
  }
  return count;
}

/** Reads all prices once, as each backtest does. */
async function readPrices({ prices, seriesId }: Stored): Promise<void> {
  for await (const columns of prices.columns(seriesId, { from: 0, until: 8.64e15 })) void columns;
}

async function processorMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = processorMs();
  await work();
  return processorMs() - before;
}

/** What a set takes of the processor, of this process with its threads. */
async function costOf(stored: Stored): Promise<string> {
  const costs = [
    await processorMsOf(() => sweep(stored, { threads: 1 })),
    await processorMsOf(() => sweep(stored, { threads: 1, count: 2 * SETS })),
    await processorMsOf(() => sweep(stored, { threads: 1, until: START + DAY_MS })),
    await processorMsOf(() => readPrices(stored)),
  ];
  const [sets = 0, twice = 0, ofADay = 0, reading = 0] = costs;
  const [first, more, short] = [sets, twice - sets, ofADay].map((ms) => (ms / SETS).toFixed(0));
  return `a set takes ${first} ms of processor with its share of the start, ${more} later, ${short} on a day's quotes; ${reading.toFixed(0)} to read and decode ${QUOTES} quotes`;
}

export const SWEEP: Benchmark = {
  name: 'sweep',
  unit: 'parameter sets/s on two threads',
  baseline: 'on one',
  target: { atLeast: 1.8 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      // As the server does.
      keepCompiledCode();
      const orm = openOrm({ databaseUrl, log: quietLog });
      try {
        const stored = await prepare(databaseUrl, orm);
        const measurement = await compareRates(
          () => sweep(stored, { threads: 2 }),
          () => sweep(stored, { threads: 1 }),
        );
        return { ...measurement, notes: [await costOf(stored)] };
      } finally {
        await orm.close(true);
      }
    }),
};
