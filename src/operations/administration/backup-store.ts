/** The recorded backups of the database. */

import { readBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

/** A backup that was recorded. Times are UTC ms. */
export interface RecordedBackup {
  readonly id: string;
  readonly madeAt: number;
  readonly location: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly migrationsHead: string | null;
  readonly verifiedAt: number | undefined;
}

/** More than anyone keeps. */
const MOST_LISTED = 500;

export class BackupStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The newest first, at most 500. */
  async list(): Promise<readonly RecordedBackup[]> {
    const rows = await readBuilder(this.#orm)
      .selectFrom('database_backups')
      .selectAll()
      .orderBy('made_at', 'desc')
      .orderBy('id')
      .limit(MOST_LISTED)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      madeAt: row.made_at.getTime(),
      location: row.location,
      sizeBytes: row.size_bytes,
      sha256: row.sha256,
      migrationsHead: row.migrations_head,
      verifiedAt: row.verified_at?.getTime(),
    }));
  }
}
