/** Recorded prices of real brokers, if the folder with them exists (see its README for what the files are). */

import { createReadStream, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { LockStepFeed } from '../feeds/lock-step-feed.ts';
import { decodeColumns, encodeColumns } from '../series/price-codec.ts';
import type { PriceColumns, QuoteColumns } from '../series/price-columns.ts';
import { PriceCsvReader } from './price-csv-reader.ts';
import { SYSTEM_CLOCK } from '../feeds/price-feed.ts';

const FOLDER = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const isMissing = !existsSync(FOLDER);

function open(file: string, skipBad = false): PriceCsvReader {
  const instrument = PAPER_INSTRUMENTS.named(file.slice(0, 'EUR_USD'.length));
  return new PriceCsvReader(createReadStream(FOLDER + file), { instrument, skipBad });
}

const packedBytesPerRow = (batches: readonly PriceColumns[], rows: number): number =>
  batches.reduce((sum, columns) => sum + encodeColumns(columns).length, 0) / rows;

describe.skipIf(isMissing)(
  `Recorded prices${isMissing ? ' (skipped: ../shared/data is missing)' : ''}`,
  () => {
    it('of OANDA quotes are all good, in order, and a millisecond may hold several', async () => {
      const reader = open('EUR_USD-ticks-2014-05.csv.gz');
      const batches = await Array.fromAsync(reader);

      const times = batches.flatMap((columns) => [...columns.times]);
      const repeated = times.filter((at, index) => at === times[index - 1]);

      expect(reader.report).toEqual({ kind: 'quotes', goodRows: 532_903, badRows: 0, badKinds: [] });
      expect(times).toHaveLength(532_903);
      expect(times[0]).toBe(Date.UTC(2014, 4, 1, 0, 0, 0, 292));
      expect(repeated).toHaveLength(4494);
      expect(batches.map((columns) => decodeColumns(encodeColumns(columns)))).toEqual(batches);
      expect(packedBytesPerRow(batches, 532_903)).toBeLessThan(4);
    });

    it('of OANDA hours are all good', async () => {
      const reader = open('EUR_USD-H1-2007-2018.csv.gz');
      const batches = await Array.fromAsync(reader);

      expect(reader.report).toEqual({ kind: 'candles', goodRows: 74_439, badRows: 0, badKinds: [] });
      expect(packedBytesPerRow(batches, 74_439)).toBeLessThan(7.5);
    });

    it('of FXCM minutes have 1,203 rows with a bid above its ask', async () => {
      const badKinds = [{ kind: 'bid-above-ask', count: 1203, firstLine: 425 }];
      const strict = open('GBP_USD-M1-2012-02.csv.gz');
      const reader = open('GBP_USD-M1-2012-02.csv.gz', true);

      await expect(Array.fromAsync(strict)).rejects.toMatchObject({
        facts: { kinds: badKinds, rows: 30_117 },
      });
      await Array.fromAsync(reader);

      expect(reader.report).toEqual({ kind: 'candles', goodRows: 28_914, badRows: 1203, badKinds });
    });

    it('of OANDA quotes are replayed in lock-step without losing one', async () => {
      const batches: QuoteColumns[] = [];
      for await (const columns of open('EUR_USD-ticks-2014-05.csv.gz'))
        if (columns.kind === 'quotes') batches.push(columns);
      const feed = new LockStepFeed({ instrument: 'EUR_USD', batches }, SYSTEM_CLOCK);
      const ended = Promise.withResolvers<void>();
      let quotes = 0;

      feed.start({
        onQuote: () => (quotes += 1),
        onClock: () => undefined,
        nextClockAt: () => Infinity,
        settled: () => undefined,
        onEnd: ended.resolve,
      });
      await ended.promise;
      await feed.stop();

      expect(quotes).toBe(532_903);
    });
  },
);
