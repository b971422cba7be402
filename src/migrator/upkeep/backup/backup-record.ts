/** The table of backups: written by whatever makes one, asked before migrating. */
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { literal } from '../../run/connect/sql-text.ts';
import { onPlainConnection } from '../../run/connect/plain-connection.ts';
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import type { Query } from '../../run/connect/query.ts';

export interface NewestBackup {
  readonly location: string;
  /** Since the moment whose data it holds, by the database's clock. */
  readonly ageMs: number;
}

/** Returns the newest backup that is recorded; undefined when none can be seen. */
export function newestBackup(databaseUrl: string): Promise<NewestBackup | undefined> {
  return onPlainConnection(databaseUrl, 'backup', (query) => forgiving(() => readNewestBackup(query)));
}

/** The same on a connection that is there; what PostgreSQL refuses is thrown. */
export async function readNewestBackup(query: Query): Promise<NewestBackup | undefined> {
  const [newest] = await query<NewestBackup>(
    `select location, (extract(epoch from now() - made_at) * 1000)::bigint as "ageMs"
       from database_backups where made_at <= now() order by made_at desc limit 1`,
  );
  return newest;
}

/** Returns the moment from which a backup that begins now holds the data, by the database's clock. */
export async function backupBegin(databaseUrl: string): Promise<string> {
  const rows = await onPlainConnection(databaseUrl, 'backup', (query) => query(`select now()::text as now`));
  return String(rows[0]?.['now']);
}

export interface MadeBackup {
  readonly madeAt: string;
  readonly location: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Records a backup. Returns false where that is not possible yet: without the table, or without the right. */
export async function recordBackup(databaseUrl: string, backup: MadeBackup): Promise<boolean> {
  const { madeAt, location, sizeBytes, sha256 } = backup;
  const rows = await run(
    databaseUrl,
    `insert into database_backups (made_at, location, size_bytes, sha256, migrations_head)
     select ${literal(madeAt)}::timestamptz, ${literal(location)}, ${sizeBytes}, ${literal(sha256)},
       (select max(name) from mikro_orm_migrations) returning id`,
  );
  return rows.length > 0;
}

/** Marks the backups with this content as restored and compared. Returns how many are recorded. */
export async function markVerified(databaseUrl: string, sha256: string): Promise<number> {
  const rows = await run(
    databaseUrl,
    `update database_backups set verified_at = now() where sha256 = ${literal(sha256)} returning id`,
  );
  return rows.length;
}

/** Removes the records of a backup that is not there any more. */
export async function forgetBackup(databaseUrl: string, location: string): Promise<void> {
  await run(databaseUrl, `delete from database_backups where location = ${literal(location)}`);
}

/** Runs one statement on a connection of its own; where it is not possible yet there are no rows. */
async function run(databaseUrl: string, sql: string): Promise<readonly object[]> {
  return (await onPlainConnection(databaseUrl, 'backup', (query) => forgiving(() => query(sql)))) ?? [];
}

/** An older database has no such table, and a role may lack the right to use it. */
async function forgiving<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === UNDEFINED_TABLE || sqlState === INSUFFICIENT_PRIVILEGE) return undefined;
    throw error;
  }
}
