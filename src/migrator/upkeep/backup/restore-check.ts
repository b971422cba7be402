/** Restores a backup into a scratch database and compares it with the database it was made of; only that proves a backup. */
import { openReader } from '../../inspect/doctor/reader.ts';
import { compareSchema } from '../../inspect/drift/compare-schema.ts';
import { findDrift } from '../../inspect/drift/find-drift.ts';
import { readSchema } from '../../inspect/drift/read-schema.ts';
import { createScratchDatabase } from '../../inspect/drift/scratch-database.ts';
import { serverMajorVersion } from '../../inspect/drift/scratch-server.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { withSearchPath } from '../../run/connect/session-options.ts';
import { markVerified } from './backup-record.ts';
import { checkReadable, sha256Of } from './make-backup.ts';
import { runProgram } from './postgres-programs.ts';
import { compareCounts } from './row-counts.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { Project } from '../../run/project.ts';
import type { TableCount } from './row-counts.ts';

export interface RestoreCheck extends Project {
  /** The database that the backup was made of. */
  readonly databaseUrl: string;
  readonly file: string;
  /** Where to restore; on the database's own server when left out. */
  readonly serverUrl?: string | undefined;
  /** Whether the number of rows must be the same, as it is when nobody writes. */
  readonly isExact?: boolean;
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface RestoreReport {
  readonly sha256: string;
  /** What the restored schema was compared with. */
  readonly comparedWith: 'the database' | 'what its migrations make';
  /** In words, one a difference. */
  readonly differences: readonly string[];
  readonly counts: readonly TableCount[];
  readonly isSound: boolean;
  /** How many records of this backup were marked as verified. */
  readonly verifiedRecords: number;
}

/** Restores, compares, marks the record when all is well, and removes what it restored. MigratorFailure `backup-missing` for a file that cannot be restored. */
export async function checkRestore(check: RestoreCheck): Promise<RestoreReport> {
  const { databaseUrl, file, serverUrl = databaseUrl, onStep = () => undefined, signal } = check;
  await checkReadable(file, signal);
  const sha256 = await sha256Of(file);
  onStep(`${file} can be read, sha256 ${sha256}`);
  const scratch = await createScratchDatabase(serverUrl);
  try {
    const options = ['--no-owner', '--no-privileges', '--no-password', '--exit-on-error'];
    await runProgram('pg_restore', [...options, `--dbname=${scratch.name}`, file], {
      databaseUrl: scratch.url,
      signal,
    });
    onStep(`restored into ${scratch.name}`);
    const restoredUrl = withSearchPath(scratch.url, [await schemaOf(databaseUrl)]);
    const compared = await compareRestored(check, restoredUrl);
    const isSound = compared.differences.length === 0;
    const verifiedRecords = isSound ? await markVerified(databaseUrl, sha256) : 0;
    return { sha256, ...compared, isSound, verifiedRecords };
  } finally {
    await scratch.drop();
  }
}

/** A backup restores each schema under its own name. */
async function schemaOf(databaseUrl: string): Promise<string> {
  const connection = openPlainConnection(databaseUrl, 'backup');
  try {
    const [row] = await connection.query('select current_schema()::text as schema');
    return String(row?.['schema']);
  } finally {
    await connection.close();
  }
}

async function compareRestored(
  check: RestoreCheck,
  restoredUrl: string,
): Promise<Pick<RestoreReport, 'comparedWith' | 'differences' | 'counts'>> {
  const { databaseUrl, isExact = false } = check;
  const [restored, source] = [await readSchema(restoredUrl), await readSchema(databaseUrl)];
  const isAlike = await isSameVersion(check, restoredUrl);
  const schema = isAlike
    ? compareSchema(source, restored).map(({ sentence }) => sentence)
    : await driftOf({ ...check, databaseUrl: restoredUrl });
  const tables = new Set(source.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  const shared = restored.filter(({ kind, name }) => kind === 'table' && tables.has(name));
  const counts = await compareCounts({
    restoredUrl,
    sourceUrl: databaseUrl,
    tables: shared.map(({ name }) => name),
  });
  const wrong = isExact ? counts.filter(isAnotherCount) : [];
  const inWords = wrong.map(
    (each) => `${each.table} has ${each.restored} rows and should have ${each.source}`,
  );
  return {
    comparedWith: isAlike ? 'the database' : 'what its migrations make',
    differences: [...schema, ...inWords],
    counts,
  };
}

/** The record of a backup is written when it is made, so no backup has its own. */
function isAnotherCount({ table, restored, source }: TableCount): boolean {
  return restored !== source && table !== 'database_backups';
}

/** A database that was migrated since has another schema by right, and another major version spells it in another way. */
async function isSameVersion(check: RestoreCheck, restoredUrl: string): Promise<boolean> {
  const { databaseUrl } = check;
  const [ours, theirs] = [await appliedIn(check), await appliedIn({ ...check, databaseUrl: restoredUrl })];
  const isSameSchema = ours.join() === theirs.join();
  return isSameSchema && (await serverMajorVersion(databaseUrl)) === (await serverMajorVersion(restoredUrl));
}

async function appliedIn(settings: OpenSettings): Promise<string[]> {
  const reader = openReader(settings);
  try {
    return (await reader.compare()).tracked.map(({ name }) => name);
  } finally {
    await reader.close();
  }
}

async function driftOf(settings: OpenSettings): Promise<string[]> {
  const { differences, statements } = await findDrift(settings);
  return [...differences.map(({ sentence }) => sentence), ...statements];
}
