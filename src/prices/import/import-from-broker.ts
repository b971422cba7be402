/** The part of `manage import-prices` that reads the history of an account's broker. */

import { randomUUIDv7 } from 'node:crypto';
import { candleSpan, GRANULARITIES } from '../../core/domain/candle.ts';
import { Problem } from '../../core/shared/problem.ts';
import { misuse } from '../../commands/command.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { quietLog } from '../../commands/quiet-log.ts';
import { countText, numberOf, timeText } from '../../commands/text.ts';
import { ClaimedImportStore } from './claimed-import-store.ts';
import { PriceImportStore } from './price-import-store.ts';
import { PriceImports } from './price-imports.ts';
import type { CommandIo } from '../../commands/command.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { BrokerHistories } from './broker-history.ts';
import type { StoredPriceImport } from './stored-price-import.ts';

/** What is to be imported, in UTC ms. */
interface BrokerWish {
  readonly accountId: string;
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly from: number;
  readonly until: number | undefined;
  readonly keepsUpToDate: boolean;
}

const ACCOUNT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/;

/** Returns the options as a wish; refuses what is missing or cannot be read. */
export function readWish({
  account,
  instrument,
  granularity,
  from,
  to,
  keepsUpToDate,
}: {
  readonly account: string;
  readonly instrument: string;
  readonly granularity: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly keepsUpToDate: boolean;
}): BrokerWish {
  if (!ACCOUNT_ID.test(account))
    throw misuse('--account must be the id of an account, as GET /accounts lists it.');
  const known = GRANULARITIES.find((name) => name === granularity);
  if (!known) throw misuse(`--granularity must be one of ${GRANULARITIES.join(', ')}.`);
  if (from === undefined) throw misuse('--from is needed with --account, such as --from 2026-01-01.');
  return {
    accountId: account,
    instrument,
    granularity: known,
    from: readTime('from', from),
    until: to === undefined ? undefined : readTime('to', to),
    keepsUpToDate,
  };
}

function readTime(option: string, text: string): number {
  const at = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at))
    throw misuse(`--${option} must be a time in UTC, such as 2026-01-31 or 2026-01-31T17:00Z.`);
  return at;
}

interface ImportMeans {
  readonly io: CommandIo;
  readonly orm: Orm;
  readonly histories: BrokerHistories;
}

/** Imports the candles into a shared series; continues an import of the same candles that was interrupted. */
export async function importFromBroker(wish: BrokerWish, { io, orm, histories }: ImportMeans): Promise<void> {
  const store = new PriceImportStore(orm);
  const imports = new PriceImports({
    store,
    claims: new ClaimedImportStore(orm),
    histories,
    clock: () => Date.now(),
    log: quietLog,
  });
  const userId = await histories.ownerOf(wish.accountId);
  const running = await store.findRunningOf(userId);
  const { id } =
    running && isSame(running, wish)
      ? running
      : await imports.create({ ...wish, id: randomUUIDv7(), userId, seriesOwnerId: undefined });
  const bar = new ProgressBar(io.stderr, `${wish.instrument} ${wish.granularity}`);
  try {
    const ended = await imports.runToEnd(id, ({ rows, from, until, importedUntil = from }) =>
      bar.update((importedUntil - from) / (until - from), `${countText(rows)} candles`),
    );
    bar.clear();
    io.stdout.write(describe(ended));
  } finally {
    bar.clear();
  }
}

/** Now is later than when the interrupted import began. */
function isSame(
  running: StoredPriceImport,
  { accountId, instrument, granularity, from, until }: BrokerWish,
): boolean {
  return (
    running.accountId === accountId &&
    running.instrument === instrument &&
    running.granularity === granularity &&
    running.from === candleSpan(granularity, from).startsAt &&
    (until === undefined || running.until === until)
  );
}

function describe(ended: StoredPriceImport | undefined): string {
  if (!ended) throw new Problem('not-found', 'The price series was deleted while it was imported.');
  const { id, status, error, rows, granularity, instrument, from, until } = ended;
  if (status === 'failed') throw new Problem('broker-unreachable', error ?? 'The import failed.');
  const { importedFrom = from, importedUntil = until } = ended;
  return (
    `Imported ${numberOf(rows, `${granularity} candle`)} of ${instrument} ` +
    `from ${timeText(importedFrom)} to ${timeText(importedUntil)}.\nSeries ${id}\n`
  );
}
