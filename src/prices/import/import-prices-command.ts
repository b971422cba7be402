/** `manage import-prices`: a price file, or candles of OANDA, become a series that everyone may use. */

import { randomUUIDv7 } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { PriceSeriesStore } from '../series/price-series-store.ts';
import { PriceSeries } from '../series/price-series.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag, required, value } from '../../commands/define-command.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { countText, timeText } from '../../commands/text.ts';
import { Problem } from '../../core/shared/problem.ts';
import { importFromBroker, readWish } from './import-from-broker.ts';
import type { Command, CommandIo } from '../../commands/command.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { BrokerHistories } from './broker-history.ts';
import type { ImportedSeries } from '../series/price-series.ts';

/** Larger pieces than the default make fewer messages between the threads. */
const PIECE_BYTES = 1024 * 1024;

const OPTIONS = {
  instrument: required('EUR_USD', 'the instrument'),
  'skip-bad': flag('leave bad rows out instead of refusing the file'),
  account: value('ID', 'the account at OANDA whose history is imported'),
  granularity: value('M1', 'how long its candles are'),
  from: value('2026-01-01', 'when the first one begins (UTC)'),
  to: value('2026-02-01', 'when the last one has ended by; now when left out'),
  'keep-up-to-date': flag('add what OANDA has later, each hour'),
} as const;

/** Returns the command; the way to the history of brokers is opened when one is asked for. */
export function importPricesCommand(openHistories: (orm: Orm) => BrokerHistories): Command {
  return defineCommand({
    name: 'import-prices',
    words: '[FILE]',
    about: `
Imports a CSV file, gzipped or not, with the header time,bid,ask or
time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close.
The file is imported whole or not at all.

With --account instead of a FILE, candles of the history of an account at
OANDA. When it is interrupted, a running server continues the import; the
same command does, too.
`,
    options: OPTIONS,
    needs: 'database',
    async run({ values: given, words: [file, ...more], io, openOrm }) {
      const { account, granularity, from, to, instrument, 'keep-up-to-date': keepsUpToDate = false } = given;
      if (account === undefined) {
        if (file === undefined || more.length > 0)
          throw misuse('import-prices needs one FILE, or --account.');
        if (granularity !== undefined || from !== undefined || to !== undefined || keepsUpToDate)
          throw misuse('--granularity, --from, --to and --keep-up-to-date go with --account.');
        return importFile({ file, instrument, skipBad: given['skip-bad'] ?? false }, io, openOrm);
      }
      if (file !== undefined) throw misuse('import-prices takes a FILE or --account, not both.');
      if (to !== undefined && keepsUpToDate)
        throw misuse('--to ends what --keep-up-to-date adds to: leave one out.');
      const wish = readWish({ account, instrument, granularity, from, to, keepsUpToDate });
      const orm = await openOrm();
      return importFromBroker(wish, { io, orm, histories: openHistories(orm) });
    },
  });
}

interface FileWish {
  readonly file: string;
  readonly instrument: string;
  readonly skipBad: boolean;
}

async function importFile(
  { file, instrument, skipBad }: FileWish,
  io: CommandIo,
  openOrm: () => Promise<Orm>,
): Promise<void> {
  const size = await sizeOf(file);
  const series = new PriceSeries({ store: new PriceSeriesStore(await openOrm()) });
  const source = basename(file);
  const bar = new ProgressBar(io.stderr, source);
  const startedAt = performance.now();
  try {
    const imported = await series.import(
      { id: randomUUIDv7(), userId: undefined, instrument, source, skipBad },
      createReadStream(file, { highWaterMark: PIECE_BYTES }),
      (bytes) => bar.update(bytes / size, `${megabytes(bytes)} of ${megabytes(size)} MB`),
    );
    bar.clear();
    io.stdout.write(describe(imported, (performance.now() - startedAt) / 1000));
  } catch (error) {
    throw withRemedy(error);
  } finally {
    bar.clear();
  }
}

/** Returns the error; that of bad rows says which option leaves them out. */
function withRemedy(error: unknown): unknown {
  if (!(error instanceof Problem) || error.facts['kinds'] === undefined) return error;
  return new Problem(error.type, `${error.message} --skip-bad leaves them out.`, error.facts, {
    cause: error,
  });
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch {
    // The file is missing or unreadable: reported below.
  }
  throw misuse(`There is no file ${file} that can be read.`);
}

function describe({ series, badKinds }: ImportedSeries, seconds: number): string {
  const { id, rows, kind, granularity, instrument, startsAt, endsAt, skippedRows } = series;
  const what = granularity === undefined ? kind : `${granularity} ${kind}`;
  const skipped = badKinds.map(
    ({ kind: bad, count, firstLine }) => `${countText(count)} ${bad}, the first in line ${firstLine}`,
  );
  const left = skippedRows === 0 ? '' : `Left out: ${skipped.join('; ')}.\n`;
  return (
    `Imported ${countText(rows)} ${what} of ${instrument} from ${timeText(startsAt)} to ${timeText(endsAt)} ` +
    `in ${seconds.toFixed(1)} s.\n${left}Series ${id}\n`
  );
}
