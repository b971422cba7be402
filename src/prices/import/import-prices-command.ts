/** `manage import-prices FILE --instrument EUR_USD [--skip-bad]`: a price file becomes a series that everybody may use. */

import { randomUUIDv7 } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { openOrm } from '../../persistence/orm.ts';
import { PriceSeriesStore } from '../series/price-series-store.ts';
import { PriceSeries } from '../series/price-series.ts';
import { misuse, runCommand } from '../../commands/command.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { quietLog } from '../../commands/quiet-log.ts';
import { countText, timeText } from '../../commands/text.ts';
import type { ImportedSeries } from '../series/price-series.ts';
import type { CommandContext, CommandIo } from '../../commands/command.ts';

/** Larger pieces than the default make fewer messages between the threads. */
const PIECE_BYTES = 1024 * 1024;
const MEGABYTE = 1_000_000;

const USAGE = `Usage: manage import-prices FILE --instrument EUR_USD [--skip-bad]

Imports a CSV file, gzipped or not, with the header time,bid,ask or
time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close.
The file is imported whole or not at all; --skip-bad leaves bad rows out instead of refusing it.
`;

const OPTIONS = {
  instrument: { type: 'string' },
  'skip-bad': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs the command and returns its exit code. */
export function runImportPrices(
  argv: readonly string[],
  io: CommandIo,
  context: CommandContext,
): Promise<number> {
  return runCommand(io, async () => {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
    if (values.help === true) return void io.stdout.write(USAGE);
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw misuse('import-prices wants one FILE.');
    const { instrument } = values;
    if (instrument === undefined)
      throw misuse('import-prices wants the instrument, such as --instrument EUR_USD.');
    await importFile({ file, instrument, skipBad: values['skip-bad'] === true }, io, context);
  });
}

interface FileToImport {
  readonly file: string;
  readonly instrument: string;
  readonly skipBad: boolean;
}

async function importFile(
  { file, instrument, skipBad }: FileToImport,
  io: CommandIo,
  { databaseUrl }: CommandContext,
): Promise<void> {
  const size = await sizeOf(file);
  const source = basename(file);
  const bar = new ProgressBar(io.stderr, source);
  const orm = openOrm({ databaseUrl, poolSize: 2, log: quietLog });
  const startedAt = performance.now();
  try {
    const service = new PriceSeries({ store: new PriceSeriesStore(orm) });
    const request = { id: randomUUIDv7(), userId: undefined, instrument, source, skipBad };
    const imported = await service.import(
      request,
      createReadStream(file, { highWaterMark: PIECE_BYTES }),
      (bytes) =>
        bar.update(bytes / size, `${(bytes / MEGABYTE).toFixed(1)} of ${(size / MEGABYTE).toFixed(1)} MB`),
    );
    bar.clear();
    io.stdout.write(describe(imported, (performance.now() - startedAt) / 1000));
  } finally {
    bar.clear();
    await orm.close(true);
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch {
    // The file is not there, or not ours to read: said below.
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
