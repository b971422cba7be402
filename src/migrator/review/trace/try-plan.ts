/** Runs a plan for real, on a copy of the database or on a scratch one, and reports what each statement locked and rewrote. */
import { MigratorFailure } from '../../failure.ts';
import { replayMigrations } from '../../inspect/drift/replay-migrations.ts';
import { createScratchDatabase } from '../../inspect/drift/scratch-database.ts';
import { onMigrator } from '../../run/open-migrator.ts';
import { loadEntries } from '../../run/state/load-migrations.ts';
import { queryIn, runMigration } from './run-traced.ts';
import { TableWatch } from './table-watch.ts';
import type { MigrationReport } from '../migration-report.ts';

interface Trial {
  readonly folder: string;
  /** In the order in which they run. */
  readonly names: readonly string[];
}

export interface CopyTrial extends Trial {
  /** What is changed, and is no use afterwards: no migration is recorded in it. */
  readonly copyUrl: string;
  /** The database that is copied. It must be another one. */
  readonly servedUrl: string;
  readonly direction: 'up' | 'down';
}

/** Stops at the first that fails. MigratorFailure `command-invalid` for the database itself. */
export async function tryOnCopy(request: CopyTrial): Promise<MigrationReport[]> {
  if (placeOf(request.copyUrl) === placeOf(request.servedUrl))
    throw new MigratorFailure(
      'command-invalid',
      'A trial changes the database that it runs on, and this is the one that is served. Nothing was run. See what they would do with ' +
        '"manage db migrate --plan", which runs nothing; try them on a copy elsewhere.',
    );
  return runAll(request);
}

export interface ScratchTrial extends Trial {
  /** On its server the scratch database is made. */
  readonly databaseUrl: string;
  /** What is applied in the database, in order: the scratch database gets its tables by them, and no rows. */
  readonly applied: readonly string[];
}

/** Stops at the first that fails. MigratorFailure `database-refused` where no scratch database can be made. */
export async function tryOnScratch({
  databaseUrl,
  folder,
  applied,
  names,
}: ScratchTrial): Promise<MigrationReport[]> {
  const scratch = await createScratchDatabase(databaseUrl);
  try {
    await replayMigrations(scratch.url, await loadEntries(folder, applied));
    return await runAll({ copyUrl: scratch.url, folder, names, direction: 'up' });
  } finally {
    await scratch.drop();
  }
}

function runAll({
  copyUrl,
  folder,
  direction,
  names,
}: Omit<CopyTrial, 'servedUrl'>): Promise<MigrationReport[]> {
  return onMigrator({ databaseUrl: copyUrl, folder }, async ({ orm }) => {
    const watch = await TableWatch.begin(queryIn(orm, undefined));
    const traces: MigrationReport[] = [];
    for (const migration of await loadEntries(folder, names)) {
      const trace = await runMigration({ orm, migration, direction, watch });
      traces.push(trace);
      if (trace.failure !== undefined) break;
    }
    return traces;
  });
}

/** The user does not matter. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  const host = ['localhost', '[::1]'].includes(hostname) ? '127.0.0.1' : hostname;
  return `${host}:${port || '5432'}${pathname}`;
}
