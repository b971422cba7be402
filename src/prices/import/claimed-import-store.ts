/** Imports that a process works on: taken by one process at a time, filled chunk by chunk, ended or left to the next. */

import { appendToJournal } from '../../journal/journal-store.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { assertRoomForPrices } from '../series/price-room-store.ts';
import { appendChunk, lockSeries } from '../series/growing-series.ts';
import { selectImports, toImport } from './stored-price-import.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PriceChunk } from '../series/price-chunks.ts';
import type { PriceImportStatus, StoredPriceImport } from './stored-price-import.ts';

/** An import that this process works on until its lease is over. */
export interface ClaimedImport extends StoredPriceImport {
  readonly leasedUntil: number;
}

export class ClaimedImportStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
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
      const row = await selectImports(db).where('price_imports.id', '=', found.id).executeTakeFirstOrThrow();
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
