import { randomUUIDv7 } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { decodeColumns } from '../../src/prices/series/price-codec.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { ImportPlaces } from '../../src/prices/import/import-places.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { candleFile, inPieces, longQuoteFile, quoteFile, START } from '../support/price-files.ts';
import { until } from '../support/until.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { ImportRequest } from '../../src/prices/series/price-series.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let store: PriceSeriesStore;
let series: PriceSeries;
let alice: string;
let bob: string;

async function createUser(name: string): Promise<string> {
  const em = orm.em.fork();
  const user = em.create(UserRecord, { email: `${name}@example.org`, username: name, passwordHash: '-' });
  await em.flush();
  return user.id;
}

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new PriceSeriesStore(orm);
  series = new PriceSeries({ store, places: new ImportPlaces({ most: 2 }) });
  alice = await createUser('alice');
  bob = await createUser('bob');
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

function request(changes: Partial<ImportRequest> = {}): ImportRequest {
  return {
    id: randomUUIDv7(),
    userId: alice,
    instrument: 'EUR_USD',
    source: 'test.csv',
    skipBad: false,
    ...changes,
  };
}

const importText = (text: string | Uint8Array, changes: Partial<ImportRequest> = {}) =>
  series.import(request(changes), inPieces(text));

async function storedQuotes(id: string, from = 0, end = Infinity): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { data } of store.chunks(id, { from, until: Math.min(end, START + 1e12) })) {
    const columns = decodeColumns(data);
    if (columns.kind === 'quotes')
      columns.times.forEach((at, row) => rows.push([at, columns.bid[row] ?? 0, columns.ask[row] ?? 0]));
  }
  return rows;
}

/** Chunks of series that are not there for anyone. */
async function unfinished(): Promise<string[]> {
  const rows = await queryBuilder(orm)
    .selectFrom('price_chunks')
    .innerJoin('price_series', 'price_series.id', 'price_chunks.series_id')
    .select('series_id')
    .distinct()
    .where('price_series.rows', '=', 0)
    .execute();
  return rows.map(({ series_id: id }) => id);
}

describe('importing a price file', () => {
  const BAD: readonly (readonly [string, string])[] = [
    ['unparsable', '2024-01-03T00:00:02Z,abc,1.10010'],
    ['out-of-order', '2024-01-02T00:00:00Z,1.10000,1.10010'],
    ['bid-above-ask', '2024-01-03T00:00:02Z,1.10020,1.10010'],
  ];

  it.each(BAD)('stores nothing when a row is %s, and names row and kind', async (kind, row) => {
    const before = await store.listFor(alice, undefined, { limit: 100 });

    const failure = importText(
      `${quoteFile([
        [0, '1.10000', '1.10010'],
        [1, '1.10001', '1.10011'],
      ])}\n${row}\n`,
    );

    await expect(failure).rejects.toMatchObject({
      type: 'price-data-invalid',
      facts: { errors: [{ pointer: 'line 4', detail: expect.stringContaining(kind) }] },
    });
    expect(await store.listFor(alice, undefined, { limit: 100 })).toEqual(before);
  });

  it.each(BAD)('leaves a row out that is %s when asked to', async (kind, row) => {
    const text = `${quoteFile([[0, '1.10000', '1.10010']])}\n${row}\n`;

    const imported = await importText(text, { skipBad: true });

    expect(imported).toMatchObject({
      series: { rows: 1, skippedRows: 1 },
      badKinds: [{ kind, count: 1, firstLine: 3 }],
    });
  });

  it.each([
    ['empty', ''],
    ['only a header', 'time,bid,ask\n'],
    ['binary', Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7_919) % 251)],
    ['a gzip that breaks off', gzipSync(longQuoteFile(2_000)).subarray(0, 3_000)],
    ['candles of no granularity', candleFile([[0, 1, -1, 0]])],
  ])('refuses a file that is %s', async (_, content) => {
    await expect(importText(content)).rejects.toMatchObject({ type: 'price-data-invalid' });
  });

  it('refuses an instrument that there is not', async () => {
    await expect(importText(longQuoteFile(3), { instrument: 'EUR_XYZ' })).rejects.toMatchObject({
      type: 'invalid-request',
    });
  });

  it('stores nothing when the sender breaks off', async () => {
    async function* broken() {
      yield* inPieces(longQuoteFile(30_000), 100_000);
      throw new Error('the connection was lost');
    }
    const id = randomUUIDv7();

    await expect(series.import(request({ id }), broken())).rejects.toThrow('the connection was lost');

    expect(await store.find(id)).toBeUndefined();
    expect(await unfinished()).toEqual([]);
  });

  it('has no transaction open and shows nothing while its sender lets it wait', async () => {
    const more = Promise.withResolvers<void>();
    async function* slow() {
      yield* inPieces(longQuoteFile(30_000), 100_000);
      await more.promise;
    }
    const before = await store.listFor(alice, undefined, { limit: 100 });
    const importing = series.import(request(), slow());
    await until('a chunk is stored', async () => (await unfinished()).length === 1);

    const open = await orm.em
      .fork()
      .execute(
        `select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
      );
    expect(open).toEqual([]);
    expect(await store.listFor(alice, undefined, { limit: 100 })).toEqual(before);
    await expect(importText(longQuoteFile(3))).rejects.toMatchObject({ type: 'too-many-requests' });
    const carol = await createUser('carol');
    expect((await importText(longQuoteFile(3), { userId: carol })).series.rows).toBe(3);

    more.resolve();
    expect((await importing).series.rows).toBe(30_000);
    expect(await unfinished()).toEqual([]);
  });

  it.each([
    [
      'gives its place up to someone who waits when its sender is slow',
      0,
      3,
      ['stored', 'too-many-requests'],
    ],
    ['keeps its place while its sender is not slow', 60_000, 'too-many-requests', ['stored', 'stored']],
  ])('%s', async (_what, givesUpAfterMs, third, ends) => {
    const places = new PriceSeries({ store, places: new ImportPlaces({ most: 2, givesUpAfterMs }) });
    const names = ['slow', 'slower', 'third'].map((name) => `${name}-${givesUpAfterMs}`);
    const [slower, slowest, someone] = await Promise.all(names.map((name) => createUser(name)));
    const more = Promise.withResolvers<void>();
    let waiting = 0;
    async function* slow() {
      yield* inPieces(longQuoteFile(3), 100_000);
      waiting += 1;
      await more.promise;
    }
    const typeOf = (error: { type?: string }) => String(error.type);
    const held = [slower, slowest].map((userId) =>
      places.import(request({ userId }), slow()).then(() => 'stored', typeOf),
    );
    await until('both senders let it wait', () => waiting === 2);

    const other = places.import(request({ userId: someone }), inPieces(longQuoteFile(3)));

    expect(await other.then(({ series: { rows } }) => rows, typeOf)).toBe(third);
    more.resolve();
    expect(new Set(await Promise.all(held))).toEqual(new Set(ends));
  });

  it('leaves what a killed process imported to be removed, and nothing else', async () => {
    const finished = (await importText(longQuoteFile(3))).series.id;
    const killed = randomUUIDv7();
    await queryBuilder(orm)
      .insertInto('price_series')
      .values(
        [killed, randomUUIDv7()].map((id) => ({
          id,
          user_id: alice,
          instrument: 'EUR_USD',
          source: 'a.csv',
          kind: 'quotes' as const,
        })),
      )
      .execute();
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await queryBuilder(orm)
      .updateTable('price_series')
      .set({ created_at: longAgo })
      .where('id', 'in', [killed, finished])
      .execute();

    expect(await series.removeExpired()).toBe(1);

    expect(await store.find(killed)).toBeUndefined();
    expect(await store.find(finished)).toBeDefined();
    await queryBuilder(orm).deleteFrom('price_series').where('rows', '=', 0).execute();
  });

  it('is not stored twice when two requests under one id run at once', async () => {
    const id = randomUUIDv7();
    const other = new PriceSeries({ store });

    const [one, another] = await Promise.all([
      importText(longQuoteFile(5), { id }),
      other.import(request({ id }), inPieces(longQuoteFile(5))),
    ]);

    expect(one.series).toEqual(another.series);
    expect(await storedQuotes(id)).toHaveLength(5);
    expect(await unfinished()).toEqual([]);
  });

  it('stores quotes that come back as they were, whole or by range, gzipped or not', async () => {
    const text = longQuoteFile(25_000);

    const { series: stored } = await importText(gzipSync(text));

    const rows = await storedQuotes(stored.id);
    expect(stored).toMatchObject({
      kind: 'quotes',
      rows: 25_000,
      startsAt: START,
      endsAt: START + 24_999_000,
      granularity: undefined,
    });
    expect(rows).toEqual(await storedQuotes((await importText(text)).series.id));
    expect(rows.length).toBe(25_000);
    expect(rows[1]).toEqual([
      START + 1_000,
      110_000 + Math.round(300 * Math.sin(1 / 97) + 80 * Math.sin(1 / 13)),
      expect.any(Number),
    ]);
    // Whole chunks are read; the last ten seconds are in the third.
    expect((await storedQuotes(stored.id, START + 24_990_000)).length).toBe(5_000);
    expect(await storedQuotes(stored.id, START + 1e9)).toEqual([]);
  });

  it('finds out which granularity candles have', async () => {
    const { series: stored } = await importText(
      candleFile([
        [0, 5, -5, 2],
        [2, 9, 1, 3],
        [3, 3, 0, 1],
      ]),
    );

    expect(stored).toMatchObject({ kind: 'candles', granularity: 'M1', rows: 3 });
  });

  it('makes one series of a request that is repeated', async () => {
    const id = randomUUIDv7();

    const [first, second] = [
      await importText(longQuoteFile(5), { id }),
      await importText(longQuoteFile(5), { id }),
    ];

    expect(second.series).toEqual(first.series);
  });

  it('reports its progress', async () => {
    const text = longQuoteFile(1_000);
    const heard: number[] = [];

    await series.import(request(), inPieces(text, 10_000), (bytes) => heard.push(bytes));

    expect(heard.at(-1)).toBe(text.length);
    expect(heard.length).toBeGreaterThan(2);
  });
});

describe('price series', () => {
  it("are their owner's alone, unless they are shared", async () => {
    const own = (await importText(longQuoteFile(5))).series.id;
    const shared = (await importText(longQuoteFile(5), { userId: undefined })).series.id;

    await expect(series.get(bob, own)).rejects.toMatchObject({ type: 'not-found' });
    await expect(series.remove(bob, own)).rejects.toMatchObject({ type: 'not-found' });
    await expect(series.remove(bob, shared)).rejects.toMatchObject({ type: 'forbidden' });
    expect((await store.listFor(bob, 'EUR_USD', { limit: 100 })).map(({ id }) => id)).toEqual([shared]);
  });

  it('are removed with their prices', async () => {
    const { id } = (await importText(longQuoteFile(5))).series;

    await series.remove(alice, id);

    expect(await storedQuotes(id)).toEqual([]);
    await expect(series.get(alice, id)).rejects.toMatchObject({ type: 'not-found' });
  });

  it('are listed newest first, page by page', async () => {
    const newest = (await importText(longQuoteFile(5), { instrument: 'EUR_GBP' })).series;
    const page = await store.listFor(alice, 'EUR_GBP', { limit: 5 });

    expect(page.map(({ id }) => id)).toEqual([newest.id]);
    expect(await store.listFor(alice, 'EUR_GBP', { limit: 5, before: newest.id })).toEqual([]);
  });
});
