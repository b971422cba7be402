/** Restores a backup into a scratch database and compares it with the database it was made of; only that proves a backup. */
import { withReader } from '../../inspect/doctor/reader.ts';
import { compareSchema } from '../../inspect/drift/compare-schema.ts';
import { findDrift } from '../../inspect/drift/find-drift.ts';
import { readSchema } from '../../inspect/drift/read-schema.ts';
import { createScratchDatabase } from '../../inspect/drift/scratch-database.ts';
import { onPlainConnection, serverMajorVersion } from '../../run/connect/plain-connection.ts';
import { withSearchPath } from '../../run/connect/session-options.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { markVerified } from './backup-record.ts';
import { checkReadable, sha256Of } from './make-backup.ts';
import { runProgram } from './postgres-programs.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { Schema } from '../../inspect/drift/read-schema.ts';

export interface RestoreCheck extends OpenSettings {
  readonly file: string;
  readonly onStep?: (step: string) => void;
}

export interface RestoreReport {
  readonly sha256: string;
  /** What the restored schema was compared with. */
  readonly comparedWith: 'the database' | 'what its migrations make';
  /** In words, one a difference. */
  readonly differences: readonly string[];
  /** The rows of each table in the backup, and in the database now, which may have changed since. */
  readonly counts: readonly { readonly table: string; readonly restored: number; readonly source: number }[];
  readonly isSound: boolean;
  /** How many records of this backup were marked as verified. */
  readonly verifiedRecords: number;
}

/** Restores, compares, marks the record when all is well, and removes what it restored. MigratorFailure `backup-missing` for a file that cannot be restored. */
export async function checkRestore(check: RestoreCheck): Promise<RestoreReport> {
  const { databaseUrl, file, onStep = () => undefined } = check;
  await checkReadable(file);
  const sha256 = await sha256Of(file);
  onStep(`${file} can be read, sha256 ${sha256}`);
  const scratch = await createScratchDatabase(databaseUrl);
  try {
    const options = ['--no-owner', '--no-privileges', '--no-password', '--exit-on-error'];
    await runProgram('pg_restore', [...options, `--dbname=${scratch.name}`, file], {
      databaseUrl: scratch.url,
    });
    onStep(`restored into ${scratch.name}`);
    // A backup restores each schema under its own name.
    const [place] = await onPlainConnection(databaseUrl, 'backup', (query) =>
      query(`select current_schema()::text as schema`),
    );
    const compared = await compare(check, withSearchPath(scratch.url, [String(place?.['schema'])]));
    const isSound = compared.differences.length === 0;
    const verifiedRecords = isSound ? await markVerified(databaseUrl, sha256) : 0;
    return { sha256, ...compared, isSound, verifiedRecords };
  } finally {
    await scratch.drop();
  }
}

async function compare(check: RestoreCheck, restoredUrl: string) {
  const { databaseUrl } = check;
  const [restored, source] = [await readSchema(restoredUrl), await readSchema(databaseUrl)];
  const isAlike = await isSameVersion(check, restoredUrl);
  const differences = isAlike
    ? compareSchema(source, restored)
    : (await findDrift({ ...check, databaseUrl: restoredUrl })).differences;
  const tables = tablesOf(restored).filter((table) => tablesOf(source).includes(table));
  const rows = [await countRows(restoredUrl, tables), await countRows(databaseUrl, tables)] as const;
  return {
    comparedWith: isAlike ? ('the database' as const) : ('what its migrations make' as const),
    differences: differences.map(({ sentence }) => sentence),
    counts: tables.map((table, index) => ({
      table,
      restored: rows[0][index] ?? 0,
      source: rows[1][index] ?? 0,
    })),
  };
}

function tablesOf(schema: Schema): string[] {
  return schema.flatMap(({ kind, name }) => (kind === 'table' ? [name] : []));
}

/** Every row of every table, which reads them whole. */
function countRows(databaseUrl: string, tables: readonly string[]): Promise<number[]> {
  return onPlainConnection(databaseUrl, 'backup', async (query) => {
    const counts: number[] = [];
    for (const table of tables) {
      const [row] = await query(`select count(*) from ${identifier(table)}`);
      counts.push(Number(row?.['count']));
    }
    return counts;
  });
}

/** A database that was migrated since rightly has another schema, and another major version prints it differently. */
async function isSameVersion(check: RestoreCheck, restoredUrl: string): Promise<boolean> {
  const appliedIn = async (databaseUrl: string): Promise<string> => {
    const { tracked } = await withReader({ ...check, databaseUrl }, (reader) => reader.compare());
    return tracked.map(({ name }) => name).join();
  };
  const { databaseUrl } = check;
  if ((await appliedIn(databaseUrl)) !== (await appliedIn(restoredUrl))) return false;
  return (await serverMajorVersion(databaseUrl)) === (await serverMajorVersion(restoredUrl));
}
