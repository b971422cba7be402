// Prices that stay in memory from one read to the next: never others than those that are stored at the moment.
import { randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planBacktest } from '../../src/backtests/plan-backtest.ts';
import { runStoredBacktest } from '../../src/backtests/run-stored-backtest.ts';
import { createPrng } from '../../src/core/shared/prng.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { inTransaction, queryBuilder } from '../../src/persistence/query-builder.ts';
import { appendChunk } from '../../src/prices/series/growing-series.ts';
import { KeptPrices } from '../../src/prices/series/kept-prices.ts';
import { chunkColumns } from '../../src/prices/series/price-chunks.ts';
import { encodeColumns } from '../../src/prices/series/price-codec.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { START } from '../support/price-files.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { QueryBuilder } from '../../src/persistence/query-builder.ts';
import type { PriceChunk } from '../../src/prices/series/price-chunks.ts';
import type { PriceColumns } from '../../src/prices/series/price-columns.ts';
import type { PriceReader } from '../../src/prices/series/price-reader.ts';
import type { TestDatabase } from '../support/database.ts';

const ROWS = 600;
const ROW_BYTES = 16;
const CHUNK_BYTES = ROWS * ROW_BYTES;
const CHUNK_MS = ROWS * 1_000;
const CHUNKS = 8;
const ALL = { from: 0, until: START + 1e12 };

let database: TestDatabase;
let orm: Orm;
let store: PriceSeriesStore;
/** A thread that backtests has one connection, and so have the prices that it keeps. */
let threadOrm: Orm;
let threadStore: PriceSeriesStore;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new PriceSeriesStore(orm);
  threadOrm = openOrm({ databaseUrl: database.url, poolSize: 1, log: quiet });
  threadStore = new PriceSeriesStore(threadOrm);
});

afterAll(async () => {
  await Promise.all([orm.close(), threadOrm.close()]);
  await database.drop();
});

/** A chunk of a quote a second at a place in a series; the seed decides the prices. */
function chunk(place: number, seed: number, rows = ROWS): PriceChunk {
  const random = createPrng(seed);
  const startsAt = START + place * CHUNK_MS;
  let price = 110_000;
  const bid = Int32Array.from({ length: rows }, () => (price += Math.floor(random() * 41) - 20));
  const times = Float64Array.from({ length: rows }, (_, row) => startsAt + row * 1_000);
  const data = encodeColumns({ kind: 'quotes', times, bid, ask: bid.map((points) => points + 10) });
  return { startsAt, endsAt: startsAt + (rows - 1) * 1_000, rows, data };
}

async function importSeries(id: string = randomUUIDv7(), seed = 0): Promise<string> {
  await store.import(
    { id, userId: undefined, instrument: 'EUR_USD', source: 'test.csv' },
    Infinity,
    async (write) => {
      for (let place = 0; place < CHUNKS; place += 1) await write(chunk(place, seed + place));
      return { kind: 'quotes', granularity: undefined, skippedRows: 0 };
    },
  );
  return id;
}

async function read(prices: PriceReader, seriesId: string, range = ALL): Promise<readonly PriceColumns[]> {
  return Array.fromAsync(prices.columns(seriesId, range));
}

/** Puts a chunk into the place of the one with an ordinal, if there is one. */
async function overwrite(db: QueryBuilder, seriesId: string, ordinal: number, by: PriceChunk): Promise<void> {
  await db
    .updateTable('price_chunks')
    .set(chunkColumns(by))
    .where('series_id', '=', seriesId)
    .where('ordinal', '=', ordinal)
    .execute();
}

interface Write {
  readonly what: 'edit' | 'shorten' | 'insert again' | 'append' | 'remove the first' | 'replace the series';
  readonly place: number;
  readonly seed: number;
}

/** Changes a series as imports, recordings, their upkeep and a person at the database's prompt could. */
async function perform(seriesId: string, { what, place, seed }: Write): Promise<void> {
  if (what === 'replace the series') {
    await queryBuilder(orm).deleteFrom('price_series').where('id', '=', seriesId).execute();
    await importSeries(seriesId, seed);
    return;
  }
  await inTransaction(orm, async (db) => {
    const chunks = db.deleteFrom('price_chunks').where('series_id', '=', seriesId);
    if (what === 'edit') await overwrite(db, seriesId, place, chunk(place, seed));
    if (what === 'shorten') await overwrite(db, seriesId, place, chunk(place, seed, 1 + (seed % ROWS)));
    if (what === 'append') await appendChunk(db, seriesId, chunk(CHUNKS + (seed % 1_000), seed));
    if (what === 'remove the first') await chunks.where('ordinal', '<', Math.min(place, 3)).execute();
    if (what === 'insert again') {
      const removed = await chunks.where('ordinal', '=', place).returning('ordinal').execute();
      for (const { ordinal } of removed) {
        const row = { series_id: seriesId, ordinal, ...chunkColumns(chunk(place, seed)) };
        await db.insertInto('price_chunks').values(row).execute();
      }
    }
  });
}

const kinds = [
  'edit',
  'shorten',
  'insert again',
  'append',
  'remove the first',
  'replace the series',
] as const;
const somewhere = fc.nat({ max: CHUNKS - 1 });
const step = fc.record({
  write: fc.option(
    fc.record({ what: fc.constantFrom(...kinds), place: somewhere, seed: fc.nat({ max: 100_000 }) }),
  ),
  isOther: fc.boolean(),
  first: somewhere,
  length: fc.integer({ min: 1, max: CHUNKS + 2 }),
  isNextRun: fc.boolean(),
});

it('are those that are stored, whatever was written since they were read', async () => {
  const [one, other] = [await importSeries(), await importSeries(undefined, 500)];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 10 }),
      fc.integer({ min: 0, max: 2 * CHUNKS }),
      async (steps, roomForChunks) => {
        const kept = new KeptPrices(threadStore, roomForChunks * CHUNK_BYTES);
        for (const { write, isOther, first, length, isNextRun } of steps) {
          const seriesId = isOther ? other : one;
          const from = START + (first + 0.5) * CHUNK_MS;
          const range = { from, until: from + length * CHUNK_MS };
          if (write) await perform(seriesId, write);
          if (isNextRun) kept.beginRun();

          expect(await read(kept, seriesId, range)).toEqual(await read(store, seriesId, range));
          expect(kept.bytes).toBeLessThanOrEqual(roomForChunks * CHUNK_BYTES);
        }
        const parameters = { granularity: 'M1', fast: 3, slow: 8 };
        const asked = { strategyType: 'ema_cross', parameters, instrument: 'EUR_USD', seriesId: one };
        // What comes before is what the strategy warms up on.
        const from = START + 3.5 * CHUNK_MS;
        const plan = await planBacktest(store, { ...asked, from }, undefined);
        const expected = await runStoredBacktest(store, plan, () => undefined);
        for (let run = 0; run < 2; run += 1) {
          kept.beginRun();
          expect(await runStoredBacktest(kept, plan, () => undefined)).toEqual(expected);
        }
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
});

it('are decoded once, until a chunk among them is written again', async () => {
  const id = await importSeries();
  const kept = new KeptPrices(threadStore);
  await read(kept, id);

  const before = await read(kept, id);
  const again = await read(kept, id);
  await overwrite(queryBuilder(orm), id, 2, chunk(2, 99));
  const after = await read(kept, id);

  expect(again.map((columns, place) => columns === before[place])).toEqual(before.map(() => true));
  expect(after.map((columns, place) => columns === before[place])).toEqual([
    true,
    true,
    ...Array<boolean>(CHUNKS - 2).fill(false),
  ]);
  expect(after).toEqual(await read(store, id));
  expect(kept.bytes).toBe(CHUNKS * CHUNK_BYTES);
});

it('take no more memory than there is room for, which belongs to the run under way', async () => {
  const [one, other] = [await importSeries(), await importSeries(undefined, 500)];
  const kept = new KeptPrices(threadStore, 3.5 * CHUNK_BYTES);
  const keptOf = async (id: string) => {
    const [first, second] = [await read(kept, id), await read(kept, id)];
    return second.filter((columns, place) => columns === first[place]).length;
  };

  await read(kept, one);
  expect(await keptOf(one)).toBe(3);
  await read(kept, other);
  expect(await keptOf(other)).toBe(0);
  kept.beginRun();
  await read(kept, other);
  expect(await keptOf(other)).toBe(3);
  expect(kept.bytes).toBe(3 * CHUNK_BYTES);
});
