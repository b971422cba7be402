/**
 * The restore drill, `npm run drill:restore`: makes a database with rows, backs it up, restores the backup and compares.
 *
 * DATABASE_URL names a server (its database is not touched, one beside it is made and removed); without it an embedded one is
 * started. Skips with a message where pg_dump is missing or older than the server; with --required that is a failure.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBackup } from '../../src/migrator/upkeep/backup/make-backup.ts';
import { backupObstacle } from '../../src/migrator/upkeep/backup/postgres-programs.ts';
import { checkRestore } from '../../src/migrator/upkeep/backup/restore-check.ts';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { removeEmbeddedPostgres } from '../../src/persistence/embedded-postgres/remove.ts';
import { findDrift } from '../../src/migrator/inspect/drift/find-drift.ts';
import { createScratchDatabase } from '../../src/migrator/inspect/drift/scratch-database.ts';
import { migrateDatabase } from '../../src/migrator/run/migrate-database.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { quiet } from '../support/quiet-log.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';
import { project } from '../../src/server/schema.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function drill(serverUrl: string, isRequired: boolean): Promise<boolean> {
  const obstacle = await backupObstacle(serverUrl);
  if (obstacle !== undefined) {
    say(`${isRequired ? 'The drill was required and could not be done' : 'Skipped'}: ${obstacle}.`);
    return !isRequired;
  }
  const directory = await mkdtemp(join(tmpdir(), 'auto-forex-drill-'));
  const source = await createScratchDatabase(serverUrl);
  try {
    return await backUpAndRestore(source.url, directory);
  } finally {
    await source.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function backUpAndRestore(databaseUrl: string, directory: string): Promise<boolean> {
  const { applied } = await migrateDatabase({ ...project, databaseUrl, log: quiet });
  say(`migrated: ${applied.length} migrations`);
  say(`filled: ${await fill(databaseUrl)} tables`);
  const { location, sizeBytes, isRecorded } = await makeBackup({ databaseUrl, directory });
  say(`backed up: ${sizeBytes} bytes${isRecorded ? ', recorded' : ', NOT recorded'}`);
  const report = await checkRestore({ ...project, databaseUrl, file: location, onStep: say });
  const lost = report.counts.filter(
    ({ table, restored, source }) => restored !== source && table !== 'database_backups',
  );
  for (const { table, restored, source } of report.counts) say(`  ${table}: ${restored} of ${source} rows`);
  for (const difference of report.differences) say(`DIFFERENT: ${difference}`);
  const drift = await findDrift({ ...project, databaseUrl });
  for (const { sentence } of drift.differences) say(`DRIFT: ${sentence}`);
  const isVerified = report.verifiedRecords === 1;
  say(
    `schema as ${report.comparedWith}; drift: ${drift.differences.length}; record verified: ${isVerified ? 'yes' : 'NO'}`,
  );
  const isSound = report.isSound && lost.length === 0 && drift.differences.length === 0 && isVerified;
  say(isSound ? 'The backup can be restored.' : 'The drill FAILED.');
  return isSound;
}

async function fill(databaseUrl: string): Promise<number> {
  const connection = openPlainConnection(databaseUrl);
  try {
    const tables = await fillEmptyTables(connection);
    await connection.query('delete from database_backups');
    return tables.length;
  } finally {
    await connection.close();
  }
}

async function onEmbeddedServer(work: (serverUrl: string) => Promise<boolean>): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'auto-forex-drill-server-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: quiet });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
    await removeEmbeddedPostgres(folder);
  }
}

const { DATABASE_URL } = process.env;
const isRequired = process.argv.includes('--required');
const run = (serverUrl: string): Promise<boolean> => drill(serverUrl, isRequired);
const isDone = DATABASE_URL ? await run(DATABASE_URL) : await onEmbeddedServer(run);
process.exitCode = isDone ? 0 : 1;
