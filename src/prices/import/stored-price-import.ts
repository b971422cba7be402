/** An import of candles from a broker, as it is stored. */

import { present } from '../../core/shared/assert.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

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

/** Returns the query for imports with what is known of their series. */
export function selectImports(db: QueryBuilder) {
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

type ImportRow = Awaited<ReturnType<ReturnType<typeof selectImports>['execute']>>[number];

export function toImport(row: ImportRow): StoredPriceImport {
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
