/** Every strategy type makes the same trades in a backtest, on a paper account, and on one that is stopped and started meanwhile. */

import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { PriceCsvReader } from '../../src/prices/import/price-csv-reader.ts';
import { quotesAsCsv } from '../support/made-quotes.ts';
import { replayOnPaper } from '../support/paper-replay.ts';
import { backtest, essence, everyType, nameOf } from '../support/parity.ts';
import { auditAccount } from '../support/trading.ts';
import type { QuoteColumns } from '../../src/prices/series/price-columns.ts';
import type { ReplayedStrategy } from '../support/paper-replay.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');

/** Friday's last hours and Sunday's first, with the end of a trading day between them. */
const MADE = { from: Date.UTC(2026, 0, 9, 19, 30), until: Date.UTC(2026, 0, 12) };
/** Real quotes from Friday to Tuesday, over two ends of a trading day. */
const REAL = { from: Date.UTC(2014, 4, 2, 18), until: Date.UTC(2014, 4, 6, 0) };
const RECORDED = join(import.meta.dirname, '../../../shared/data/EUR_USD-ticks-2014-05.csv.gz');

/** The part of the quotes in a range. */
function within(batches: readonly QuoteColumns[], { from, until }: typeof REAL): readonly QuoteColumns[] {
  return batches.flatMap(({ kind, times, bid, ask }) => {
    const [first, end] = [times.findIndex((at) => at >= from), times.findLastIndex((at) => at < until) + 1];
    if (first < 0 || first >= end) return [];
    const [part, bids] = [times.slice(first, end), bid.slice(first, end)];
    return [{ kind, times: part, bid: bids, ask: ask.slice(first, end) }];
  });
}

async function read(source: Readable): Promise<readonly QuoteColumns[]> {
  const batches: QuoteColumns[] = [];
  for await (const columns of new PriceCsvReader(source, { instrument: EUR_USD })) {
    if (columns.kind === 'quotes') batches.push(columns);
  }
  return batches;
}

/** Compares backtests with paper accounts, and returns how many trades each strategy made, and the sum of what holding cost. */
async function expectParity(
  batches: readonly QuoteColumns[],
  strategies: readonly ReplayedStrategy[],
  stops: number,
): Promise<{ readonly trades: Readonly<Record<string, number>>; readonly financing: number }> {
  const expected = strategies.map((strategy) => ({ strategy, ...backtest(batches, strategy) }));
  const { traded, errors, database } = await replayOnPaper(batches, strategies, spread(stops, batches));
  try {
    expect(errors).toEqual([]);
    for (const [index, { strategy, trades, balance }] of expected.entries()) {
      const paper = traded[index];
      expect(paper?.trades.map(essence), nameOf(strategy)).toEqual(trades.map(essence));
      expect(paper, nameOf(strategy)).toMatchObject({ status: 'running', balance });
      await auditAccount(database.url, paper?.accountId ?? '');
    }
  } finally {
    await database.drop();
  }
  const counts = expected.map(({ strategy, trades }) => [nameOf(strategy), trades.length] as const);
  const all = expected.flatMap(({ trades }) => trades);
  const financing = all.reduce((sum, trade) => sum + Math.abs(trade.financing), 0);
  return { trades: Object.fromEntries(counts), financing };
}

/** So many times, evenly among the quotes. */
function spread(count: number, batches: readonly QuoteColumns[]): readonly number[] {
  const times = batches.flatMap((batch) => [...batch.times]);
  const rows = Array.from({ length: count }, (_, index) =>
    Math.floor((times.length * (index + 0.6)) / count),
  );
  return rows.map((row) => times[row] ?? 0);
}

const ways = [
  { how: 'on a paper account', stops: 0 },
  { how: 'on one that is stopped and started again and again', stops: 5 },
];

describe('Generated quotes', () => {
  it.each(ways)('give every strategy type the trades of its backtest $how', async ({ stops }) => {
    const csv = quotesAsCsv({ ...MADE, instrument: 'EUR_USD', everyMs: 15_000, seed: 23 });
    const batches = await read(Readable.from([Buffer.from(csv)]));

    const { trades, financing } = await expectParity(batches, everyType('M1', [false, true]), stops);

    for (const [name, count] of Object.entries(trades)) expect(count, name).toBeGreaterThanOrEqual(20);
    expect(financing).toBeGreaterThan(0);
  });
});

const isMissing = !existsSync(RECORDED);

describe.skipIf(isMissing)(`Real quotes${isMissing ? ` (skipped: there is no ${RECORDED})` : ''}`, () => {
  // The harder way only: what is stopped and started does all that the other does.
  it.each(ways.slice(-1))('give every strategy type the trades of its backtest $how', async ({ stops }) => {
    const batches = within(await read(createReadStream(RECORDED)), REAL);

    const { trades, financing } = await expectParity(batches, everyType('M5', [false]), stops);

    for (const [name, count] of Object.entries(trades)) expect(count, name).toBeGreaterThanOrEqual(10);
    expect(financing).toBeGreaterThan(0);
  });
});
