/** Imports of candles from brokers: what each is to fetch, how far it has come, and which process works on it. */

import { present } from '../../core/shared/assert.ts';
import { Problem } from '../../core/shared/problem.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { appendToJournal } from '../../journal/journal-store.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { assertRoomForPrices } from '../series/price-room-store.ts';
import { appendChunk, createSeries, lockSeries } from '../series/growing-series.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { Precondition } from '../../http/preconditions.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PriceChunk } from '../series/price-chunks.ts';

/** What is to be fetched: candles that begin at `from` or later and have ended by `until` (UTC ms). */
export interface NewPriceImport {
  /** The id of the series too. */
  readonly id: string;
  /** Whose import it is. */
  readonly userId: string;
  /** Whose series it fills; shared by all when undefined. */
  readonly seriesOwnerId: string | undefined;
  readonly accountId: string;
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly from: number;
  readonly until: number;
  /** Whether what the broker has after `until` is added later. */
  readonly keepsUpToDate: boolean;
}

export type PriceImportStatus = 'running' | 'completed' | 'failed';

/** An import as stored. `importedFrom` and `importedUntil` are the starts of the first and the last candle that are stored. */
export interface StoredPriceImport extends Omit<NewPriceImport, 'seriesOwnerId'> {
  readonly status: PriceImportStatus;
  readonly error: string | undefined;
  readonly importedFrom: number | undefined;
  readonly importedUntil: number | undefined;
  readonly rows: number;
  /** When it began to be topped up last; undefined when it never was. */
  readonly toppedUpAt: number | undefined;
}

/** An import that this process works on until its lease is over. */
export interface ClaimedImport extends StoredPriceImport {
  readonly leasedUntil: number;
}

export class PriceImportStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Stores an import with its empty series. Throws `conflict` while another import of the person runs, and `limit-reached` when the series
   * is a person's own and they have `mostMegabytes` of prices.
   */
  async create(
    {
      id,
      userId,
      seriesOwnerId,
      accountId,
      instrument,
      granularity,
      from,
      until,
      keepsUpToDate,
    }: NewPriceImport,
    mostMegabytes: number,
  ): Promise<void> {
    await inTransaction(this.#orm, async (db) => {
      if (seriesOwnerId !== undefined) await assertRoomForPrices(db, seriesOwnerId, mostMegabytes);
      await createSeries(db, { id, userId: seriesOwnerId, instrument, source: 'OANDA', granularity });
      const row = {
        id,
        user_id: userId,
        account_id: accountId,
        series_id: id,
        starts_at: new Date(from),
        ends_at: new Date(until),
        status: 'running' as const,
        keeps_up_to_date: keepsUpToDate,
      };
      const inserted = await db
        .insertInto('price_imports')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').where('status', '=', 'running').doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows !== 1n) throw await alreadyRunning(db, userId);
    });
  }

  async find(id: string): Promise<StoredPriceImport | undefined> {
    const row = await select(queryBuilder(this.#orm)).where('price_imports.id', '=', id).executeTakeFirst();
    return row && toImport(row);
  }

  /** The import of a person that runs, if there is one. */
  async findRunningOf(userId: string): Promise<StoredPriceImport | undefined> {
    const row = await select(queryBuilder(this.#orm))
      .where('price_imports.user_id', '=', userId)
      .where('price_imports.status', '=', 'running')
      .executeTakeFirst();
    return row && toImport(row);
  }

  /** Whether a person's is kept up to date from now on; false when they have none that fills this series. */
  keep(
    userId: string,
    id: string,
    keepsUpToDate: boolean,
    precondition?: Precondition<StoredPriceImport>,
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const before = await select(db)
        .where('price_imports.user_id', '=', userId)
        .where('price_imports.id', '=', id)
        .forUpdate('price_imports')
        .executeTakeFirst();
      if (!before) return false;
      precondition?.(toImport(before));
      await db
        .updateTable('price_imports')
        .set({ keeps_up_to_date: keepsUpToDate, updated_at: new Date() })
        .where('id', '=', id)
        .execute();
      return true;
    });
  }

  /** The imports that fill these series. */
  async ofSeries(seriesIds: readonly string[]): Promise<readonly StoredPriceImport[]> {
    if (seriesIds.length === 0) return [];
    const rows = await select(queryBuilder(this.#orm))
      .where('price_imports.series_id', 'in', seriesIds)
      .execute();
    return rows.map(toImport);
  }

  /** Takes an import that runs and that no process works on, the one that waited longest or the one that is named. */
  async claim(now: number, leaseMs: number, id?: string): Promise<ClaimedImport | undefined> {
    return inTransaction(this.#orm, async (db) => {
      let free = db
        .selectFrom('price_imports')
        .select('id')
        .where('status', '=', 'running')
        .where((is) => is.or([is('leased_until', 'is', null), is('leased_until', '<=', new Date(now))]));
      if (id !== undefined) free = free.where('id', '=', id);
      const found = await free.orderBy('updated_at').limit(1).forUpdate().skipLocked().executeTakeFirst();
      if (!found) return undefined;
      const leasedUntil = now + leaseMs;
      await lease(db, found.id, leasedUntil);
      const row = await select(db).where('price_imports.id', '=', found.id).executeTakeFirstOrThrow();
      return { ...toImport(row), leasedUntil };
    });
  }

  /**
   * Adds a chunk to the series and extends the lease, both or neither. Undefined when the import is no longer ours, or gone. Throws
   * `limit-reached` when the series is a person's own and they have `mostMegabytes` of prices.
   */
  async append(
    claim: ClaimedImport,
    chunk: PriceChunk,
    { leasedUntil, mostMegabytes }: { readonly leasedUntil: number; readonly mostMegabytes: number },
  ): Promise<ClaimedImport | undefined> {
    return inTransaction(this.#orm, async (db) => {
      const series = await db
        .selectFrom('price_series')
        .select('user_id')
        .where('id', '=', claim.id)
        .executeTakeFirst();
      if (series?.user_id) await assertRoomForPrices(db, series.user_id, mostMegabytes);
      // Before the import, as a deletion does, which takes the import along: otherwise each would wait for the other.
      await lockSeries(db, claim.id);
      const own = await db
        .selectFrom('price_imports')
        .select('id')
        .where('id', '=', claim.id)
        .where('status', '=', 'running')
        .where('leased_until', '=', new Date(claim.leasedUntil))
        .forUpdate()
        .executeTakeFirst();
      if (!own || (await appendChunk(db, claim.id, chunk)) === undefined) return undefined;
      await lease(db, claim.id, leasedUntil);
      return {
        ...claim,
        leasedUntil,
        importedFrom: claim.importedFrom ?? chunk.startsAt,
        importedUntil: chunk.endsAt,
        rows: claim.rows + chunk.rows,
      };
    });
  }

  /** Ends an import. One that failed is kept up to date no longer: its person is notified, once. */
  async finish(claim: ClaimedImport, status: 'completed' | 'failed', error?: string): Promise<void> {
    const isTopUp = claim.toppedUpAt !== undefined;
    await inTransaction(this.#orm, async (db) => {
      const isOurs = await update(db, claim, {
        status,
        error: error ?? null,
        leased_until: null,
        ...(status === 'failed' && { keeps_up_to_date: false }),
      });
      // That what was wanted goes well each hour is no news.
      if (isOurs && !(isTopUp && status === 'completed'))
        await appendToJournal(db, [endEntry(claim, status, error)]);
    });
  }

  /** Lets any process continue, at once or not before a time; `error` says what it waits for. */
  async release(claim: ClaimedImport, { notBefore, error }: { notBefore?: number; error?: string } = {}) {
    const leasedUntil = notBefore === undefined ? null : new Date(notBefore);
    await update(queryBuilder(this.#orm), claim, { leased_until: leasedUntil, error: error ?? null });
  }
}

/** The problem of a person who wants a second import. What is kept up to date was wanted: they are not to delete it for this. */
async function alreadyRunning(db: QueryBuilder, userId: string): Promise<Problem> {
  const running = await db
    .selectFrom('price_imports')
    .select(['series_id', 'topped_up_at'])
    .where('user_id', '=', userId)
    .where('status', '=', 'running')
    .executeTakeFirst();
  const detail = running?.topped_up_at
    ? `What OANDA has had since is being added to a series of yours (${running.series_id}). Try again in a minute.`
    : 'Another import of yours is running. Wait for its end, or delete the price series that it fills.';
  return new Problem('conflict', detail);
}

/** Writes to an import that is ours; false when it is not any more. */
async function update(
  db: QueryBuilder,
  { id, leasedUntil }: ClaimedImport,
  columns: ImportColumns,
): Promise<boolean> {
  const updated = await db
    .updateTable('price_imports')
    .set({ ...columns, updated_at: new Date() })
    .where('id', '=', id)
    .where('leased_until', '=', new Date(leasedUntil))
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

function endEntry(
  { id, userId, instrument, granularity, rows }: ClaimedImport,
  status: 'completed' | 'failed',
  error: string | undefined,
): JournalEntry {
  const what = `The import of ${granularity} candles of ${instrument}`;
  return {
    category: 'system',
    type: `price-import-${status}`,
    severity: status === 'failed' ? 'warning' : 'info',
    description: error === undefined ? `${what} is completed: ${rows} candles.` : `${what} failed: ${error}`,
    userId,
    details: { seriesId: id, instrument, granularity, rows },
  };
}

interface ImportColumns {
  readonly status?: PriceImportStatus;
  readonly error: string | null;
  readonly leased_until: Date | null;
  readonly keeps_up_to_date?: boolean;
}

async function lease(db: QueryBuilder, id: string, until: number): Promise<void> {
  await db
    .updateTable('price_imports')
    .set({ leased_until: new Date(until), error: null, updated_at: new Date() })
    .where('id', '=', id)
    .execute();
}

function select(db: QueryBuilder) {
  return db
    .selectFrom('price_imports')
    .innerJoin('price_series', 'price_series.id', 'price_imports.series_id')
    .select([
      'price_imports.id',
      'price_imports.user_id',
      'price_imports.account_id',
      'price_imports.starts_at',
      'price_imports.ends_at',
      'price_imports.status',
      'price_imports.error',
      'price_imports.keeps_up_to_date',
      'price_imports.topped_up_at',
      'price_series.instrument',
      'price_series.granularity',
      'price_series.rows',
      'price_series.starts_at as imported_from',
      'price_series.ends_at as imported_until',
    ]);
}

type ImportRow = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toImport(row: ImportRow): StoredPriceImport {
  return {
    id: row.id,
    userId: row.user_id,
    accountId: row.account_id,
    instrument: row.instrument,
    granularity: present(row.granularity ?? undefined, 'the granularity of a series of candles'),
    from: row.starts_at.getTime(),
    until: row.ends_at.getTime(),
    status: row.status,
    error: row.error ?? undefined,
    importedFrom: instantFrom(row.imported_from),
    importedUntil: instantFrom(row.imported_until),
    rows: row.rows,
    keepsUpToDate: row.keeps_up_to_date,
    toppedUpAt: instantFrom(row.topped_up_at),
  };
}
