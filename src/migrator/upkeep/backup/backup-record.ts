/** The table of backups: written by whatever makes one, asked before migrating. */
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { literal } from '../../run/connect/sql-text.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';

/** SQLSTATEs: an older database has no such table, and a role may lack the right to use it. */
const FORGIVEN: readonly string[] = [UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE];

export interface NewestBackup {
  readonly location: string;
  /** Since the moment whose data it holds, by the database's clock. */
  readonly ageMs: number;
}

/** Returns the newest backup that is recorded; undefined when none can be seen. */
export async function newestBackup(databaseUrl: string): Promise<NewestBackup | undefined> {
  const [row] = await run(
    databaseUrl,
    `select location, (extract(epoch from now() - made_at) * 1000)::bigint as age_ms
       from database_backups where made_at <= now() order by made_at desc limit 1`,
    FORGIVEN,
  );
  return row === undefined ? undefined : { location: String(row['location']), ageMs: Number(row['age_ms']) };
}

/** Returns the moment from which a backup that begins now holds the data, by the database's clock. */
export async function backupBegin(databaseUrl: string): Promise<string> {
  const [row] = await run(databaseUrl, 'select now()::text as now');
  return String(row?.['now']);
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
    FORGIVEN,
  );
  return rows.length > 0;
}

/** Marks the backups with this content as restored and compared. Returns how many are recorded. */
export async function markVerified(databaseUrl: string, sha256: string): Promise<number> {
  const rows = await run(
    databaseUrl,
    `update database_backups set verified_at = now() where sha256 = ${literal(sha256)} returning id`,
    FORGIVEN,
  );
  return rows.length;
}

/** Forgets a backup whose file was removed. */
export async function forgetBackup(databaseUrl: string, location: string): Promise<void> {
  await run(databaseUrl, `delete from database_backups where location = ${literal(location)}`, FORGIVEN);
}

/** Runs one statement on a connection of its own; failures of these kinds are no rows. */
async function run(
  databaseUrl: string,
  sql: string,
  forgiven: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(databaseUrl, 'backup');
  try {
    return await connection.query(sql);
  } catch (error) {
    if (forgiven.includes(sqlStateOf(error) ?? '')) return [];
    throw error;
  } finally {
    await connection.close();
  }
}
