/** How the cost of reads and backtests grows with the quotes that a price series has. */
import { randomUUIDv7 } from 'node:crypto';
import { inBatches, walkQuotes } from '../../../bench/prices.ts';
import { openOrm } from '../../../src/persistence/orm.ts';
import { encodeColumns } from '../../../src/prices/series/price-codec.ts';
import { PriceSeriesStore } from '../../../src/prices/series/price-series-store.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { signUp } from '../http-client.ts';
import { say } from '../say.ts';
import { Processor } from './processor.ts';
import type { HttpClient } from '../http-client.ts';
import type { Costs } from './growth-table.ts';

const READS = 20;
const CANDLES = 500;
const INSTRUMENT = 'EUR_USD';
const LONGEST_MS = 300_000;

/** Measures with a series of each size. */
export async function measureStoredPrices(
  environment: Readonly<Record<string, string>>,
  sizes: readonly number[],
): Promise<readonly Costs[]> {
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  await using server = new ServerProcess(environment, []);
  const { http } = await signUp(await server.ready, 'prices', '198.51.100.91');
  const processor = await Processor.of(server, databaseUrl);
  const valuesByName = new Map<string, number[]>();
  for (const size of sizes) {
    const seriesId = await storeQuotes(databaseUrl, size);
    for (const [name, value] of await measure(http, seriesId, processor))
      valuesByName.set(name, [...(valuesByName.get(name) ?? []), value]);
    say(`${size.toLocaleString('en')} quotes are measured.`);
  }
  http.close();
  await server.kill('SIGTERM');
  return [...valuesByName].map(([name, values]) => ({ name, values }));
}

/** Stores a series that everyone may read. */
async function storeQuotes(databaseUrl: string, rows: number): Promise<string> {
  const orm = openOrm({ databaseUrl, log: { warn: () => undefined } });
  try {
    const series = { id: randomUUIDv7(), userId: undefined, instrument: INSTRUMENT, source: 'growth' };
    await new PriceSeriesStore(orm).import(series, Infinity, async (write) => {
      for (const batch of inBatches(walkQuotes(rows))) {
        const { times } = batch;
        const [startsAt = 0, endsAt = 0] = [times[0], times.at(-1)];
        await write({ startsAt, endsAt, rows: times.length, data: encodeColumns(batch) });
      }
      return { kind: 'quotes', granularity: undefined, skippedRows: 0 };
    });
    return series.id;
  } finally {
    await orm.close(true);
  }
}

async function measure(
  http: HttpClient,
  seriesId: string,
  processor: Processor,
): Promise<readonly [string, number][]> {
  const read = (path: string): Promise<number> =>
    processor.costOf(READS, () => http.demand({ method: 'GET', path }));
  const candles = `/candles?seriesId=${seriesId}&granularity=M1&count=${CANDLES}`;
  await processor.idle();
  return [
    ['its newest candles', await read(candles)],
    ['its first candles', await read(`${candles}&from=2024-01-01T00:00:00Z`)],
    ['the list of series', await read('/price-series')],
    ['a backtest', await processor.costOf(1, () => backtest(http, seriesId))],
  ];
}

async function backtest(http: HttpClient, seriesId: string): Promise<void> {
  const body = { strategyType: 'ema_cross', instrument: INSTRUMENT, seriesId };
  const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/backtests', body });
  const find = async (): Promise<boolean> => {
    const { status } = await http.demand<{ status: string }>({ method: 'GET', path: `/backtests/${id}` });
    if (status === 'failed') throw new Error('The backtest failed.');
    return status === 'completed';
  };
  await until('the backtest is completed', find, LONGEST_MS);
}
