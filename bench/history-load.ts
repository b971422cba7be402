/** `history-load`: candles from compressed chunks in PostgreSQL, against the same candles from a row each. */

import { randomUUIDv7 } from 'node:crypto';
import { assembleColumns } from '../src/prices/series/price-columns.ts';
import { decodeColumns, encodeColumns } from '../src/prices/series/price-codec.ts';
import { openOrm } from '../src/persistence/orm.ts';
import { PriceSeriesStore } from '../src/prices/series/price-series-store.ts';
import { queryBuilder } from '../src/persistence/query-builder.ts';
import { compareRates } from './benchmark.ts';
import { quietLog, withDatabase } from './bench-database.ts';
import { inBatches, walkCandles } from './prices.ts';
import { openPlainConnection } from '../src/migrator/index.ts';
import type { CandleColumns } from '../src/prices/series/price-columns.ts';
import type { Orm } from '../src/persistence/orm.ts';
import type { Benchmark } from './benchmark.ts';
import type { PlainConnection } from '../src/migrator/index.ts';

const CANDLES = 1_000_000;
/** Rows are so much slower that a part of them takes as long. */
const ROWS = 200_000;
const ROWS_A_QUERY = 50_000;
const ROWS_AN_INSERT = 5_000;
const MILLION = 1_000_000;
const PRICES = [
  'bid_open',
  'bid_high',
  'bid_low',
  'bid_close',
  'ask_open',
  'ask_high',
  'ask_low',
  'ask_close',
] as const;
const SPREAD = 12;

async function storeChunks(store: PriceSeriesStore, candles: CandleColumns): Promise<string> {
  const series = { id: randomUUIDv7(), userId: undefined, instrument: 'EUR_USD', source: 'bench' };
  await store.import(series, Infinity, async (write) => {
    for (const batch of inBatches(candles)) {
      const { times } = batch;
      await write({
        startsAt: times[0] ?? 0,
        endsAt: times.at(-1) ?? 0,
        rows: times.length,
        data: encodeColumns(batch),
      });
    }
    return { kind: 'candles', granularity: 'M1', skippedRows: 0 };
  });
  return series.id;
}

/** A table as it is usually made: a row a candle, prices as decimals. */
async function storeRows(connection: PlainConnection, candles: CandleColumns): Promise<void> {
  const columns = PRICES.map((name) => `${name} numeric(20,10) not null`).join(', ');
  await connection.query(`create table candle_rows (starts_at timestamptz(3) primary key, ${columns})`);
  const part = inPart(candles, ROWS);
  for (let first = 0; first < ROWS; first += ROWS_AN_INSERT) {
    const rows = Array.from({ length: ROWS_AN_INSERT }, (_, index) => rowText(part, first + index));
    await connection.query(`insert into candle_rows values ${rows.join(', ')}`);
  }
}

function inPart(candles: CandleColumns, rows: number): readonly (Int32Array | Float64Array)[] {
  const { times, bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose } = candles;
  return [times, bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose].map((column) =>
    column.subarray(0, rows),
  );
}

function rowText([times, ...prices]: readonly (Int32Array | Float64Array)[], row: number): string {
  const values = prices.map((column) => ((column[row] ?? 0) / 100_000).toFixed(5));
  return `(to_timestamp(${(times?.[row] ?? 0) / 1_000}), ${values.join(', ')})`;
}

async function loadChunks(store: PriceSeriesStore, seriesId: string): Promise<number> {
  let rows = 0;
  for await (const { data } of store.chunks(seriesId, { from: 0, until: 8.64e15 }))
    rows += decodeColumns(data).times.length;
  return rows;
}

async function loadRows(orm: Orm): Promise<number> {
  const db = queryBuilder(orm).withTables<{ candle_rows: CandleRow }>();
  let rows = 0;
  let after = new Date(0);
  for (;;) {
    const page = await db
      .selectFrom('candle_rows')
      .selectAll()
      .where('starts_at', '>', after)
      .orderBy('starts_at')
      .limit(ROWS_A_QUERY)
      .execute();
    const last = page.at(-1);
    if (!last) return rows;
    after = last.starts_at;
    rows += toColumns(page).times.length;
  }
}

type CandleRow = { readonly starts_at: Date } & { readonly [name in (typeof PRICES)[number]]: string };

function toColumns(page: readonly CandleRow[]) {
  const points = (name: (typeof PRICES)[number]) =>
    Int32Array.from(page, (row) => Math.round(Number(row[name]) * 100_000));
  return assembleColumns(
    'candles',
    Float64Array.from(page, ({ starts_at }) => starts_at.getTime()),
    PRICES.map(points),
  );
}

async function bytesOf(connection: PlainConnection, table: string): Promise<number> {
  const [row] = await connection.query(`select pg_total_relation_size('${table}') as bytes`);
  return Number(row?.['bytes']);
}

export const HISTORY_LOAD: Benchmark = {
  name: 'history-load',
  unit: 'M candles/s',
  baseline: 'a row a candle through pg',
  target: { atLeast: 25 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      const orm = openOrm({ databaseUrl, log: quietLog });
      const connection = openPlainConnection(databaseUrl);
      try {
        const store = new PriceSeriesStore(orm);
        const candles = walkCandles(CANDLES, SPREAD);
        const seriesId = await storeChunks(store, candles);
        await storeRows(connection, candles);
        const measurement = await compareRates(
          async () => (await loadChunks(store, seriesId)) / MILLION,
          async () => (await loadRows(orm)) / MILLION,
        );
        const chunkBytes = (await bytesOf(connection, 'price_chunks')) / CANDLES;
        const rowBytes = (await bytesOf(connection, 'candle_rows')) / ROWS;
        const sizes = `${chunkBytes.toFixed(1)} bytes a candle against ${rowBytes.toFixed(0)}: ${(rowBytes / chunkBytes).toFixed(1)} times smaller`;
        return { ...measurement, notes: [sizes] };
      } finally {
        await connection.close();
        await orm.close(true);
      }
    }),
};
