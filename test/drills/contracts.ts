/**
 * Runs the contracts that a start leaves waiting, as after a deployment: when the backfills are done and no older copy runs.
 * No copy serves meanwhile: it would change and remove rows that the drill compares.
 */
import { join } from 'node:path';
import { readManifest } from '../../src/migrator/run/state/manifest.ts';
import { askOnce } from './drill-database.ts';
import { say } from './say.ts';
import { mustRun } from './version-folder.ts';
import type { Version } from './version-folder.ts';

/** Does nothing when no contract waits. */
export async function runWaitingContracts(version: Version, databaseUrl: string): Promise<void> {
  const { migrations } = await readManifest(join(version.folder, 'src/migrations'));
  const rows = await askOnce(databaseUrl, 'select name from mikro_orm_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const waiting = migrations.filter(({ name, phase }) => phase === 'contract' && !applied.has(name));
  if (waiting.length === 0) return;
  const settings = { DATABASE_URL: databaseUrl, BACKUP_BEFORE_MIGRATE: 'off' };
  await mustRun(version, ['src/manage.ts', 'db', 'backfill', 'run'], settings);
  await mustRun(version, ['src/manage.ts', 'db', 'migrate', '--contract', '--yes'], settings);
  say(`  ${waiting.length} contracts ran`);
}
