/** Runs the contracts that a start leaves waiting, as after a deployment: when the backfills are done and no older copy runs. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readManifest } from '../../src/migrator/run/state/manifest.ts';
import { askOnce } from './drill-database.ts';
import { say } from './say.ts';
import { ServerCopy } from './server-copy.ts';
import { mustRun } from './version-folder.ts';
import type { Version } from './version-folder.ts';

const FILLED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;

/** Does nothing when no contract waits. */
export async function runWaitingContracts(version: Version, databaseUrl: string): Promise<void> {
  const { migrations } = await readManifest(join(version.folder, 'src/migrations'));
  const rows = await askOnce(databaseUrl, 'select name from mikro_orm_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const waiting = migrations.filter(({ name, phase }) => phase === 'contract' && !applied.has(name));
  if (waiting.length === 0) return;
  await fill(version, databaseUrl);
  await mustRun(version, ['src/manage.ts', 'db', 'migrate', '--contract', '--yes'], {
    DATABASE_URL: databaseUrl,
    BACKUP_BEFORE_MIGRATE: 'off',
  });
  say(`  ${waiting.length} contracts ran`);
}

/** The server fills rows while it runs. */
async function fill(version: Version, databaseUrl: string): Promise<void> {
  await using copy = new ServerCopy(version, { DATABASE_URL: databaseUrl });
  await copy.ready;
  const giveUpAt = performance.now() + FILLED_WITHIN_MS;
  for (;;) {
    const left = await askOnce(
      databaseUrl,
      `select name, state, error from backfill_jobs where state <> 'done'`,
    );
    if (left.length === 0) break;
    if (performance.now() > giveUpAt) throw new Error(`Backfills are not done: ${JSON.stringify(left)}`);
    await sleep(LOOK_EVERY_MS);
  }
  await copy.stop();
}
