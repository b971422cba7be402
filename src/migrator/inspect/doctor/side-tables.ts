/** The tables beside that of migrations, of which an older database has none and a role may see none. Reads only. */
import { ask } from './ask.ts';
import type { Answer } from './ask.ts';
import type { Query } from '../../run/connect/query.ts';

export interface BackfillRow {
  readonly name: string;
  readonly table: string;
  readonly state: string;
  readonly rowsDone: number;
  readonly rowsEstimate: number | null;
  /** Whole percent of the estimate, 100 only when it is done; null without an estimate. */
  readonly percent: number | null;
  readonly error: string | null;
  readonly heartbeatAt: Date | null;
}

/** The backfills that are not done, and those that are, by name. */
export function readBackfills(query: Query): Promise<Answer<BackfillRow>> {
  return ask<BackfillRow>(
    query,
    `select name, table_name as table, state, rows_done as "rowsDone", rows_estimate as "rowsEstimate", error,
       heartbeat_at as "heartbeatAt",
       case when state = 'done' then 100
         when rows_estimate > 0 then least(99, rows_done * 100 / rows_estimate)::int end as percent
     from backfill_jobs order by name`,
  );
}

export interface BackupRow {
  readonly madeAt: Date;
  readonly location: string;
  readonly sizeBytes: number;
  readonly verifiedAt: Date | null;
  /** By the database's clock. */
  readonly ageMs: number;
}

/** The newest backup, or none. */
export function readNewestBackup(query: Query): Promise<Answer<BackupRow>> {
  return ask<BackupRow>(
    query,
    `select made_at as "madeAt", location, size_bytes as "sizeBytes", verified_at as "verifiedAt",
       (extract(epoch from now() - made_at) * 1000)::bigint as "ageMs"
     from database_backups order by made_at desc limit 1`,
  );
}

export interface AttemptRow {
  readonly name: string;
  readonly direction: string;
  readonly outcome: string;
  readonly startedAt: Date;
  readonly error: string | null;
  readonly sqlState: string | null;
  readonly host: string | null;
  /** Whether the same migration went well later. */
  readonly isSettled: boolean;
}

/** The last attempt to migrate that did not go well, or none. */
export function readLastFailure(query: Query): Promise<Answer<AttemptRow>> {
  return ask<AttemptRow>(
    query,
    `select name, direction, outcome, started_at as "startedAt", error, sqlstate as "sqlState", host,
       exists (select from migration_attempts later where later.name = a.name and later.id > a.id
                 and later.outcome in ('applied', 'reverted')) as "isSettled"
     from migration_attempts a where outcome in ('failed', 'cancelled', 'lost') order by id desc limit 1`,
  );
}
