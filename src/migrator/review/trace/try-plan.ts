/** Runs a plan for real, on a copy of the database or on a scratch one, and tells what each statement locked and rewrote. */
import assert from 'node:assert/strict';
import { MigratorFailure } from '../../failure.ts';
import { openMigrator } from '../../run/open-migrator.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { queryIn, runMigration } from './run-traced.ts';
import { TableWatch } from './table-watch.ts';
import type { MigrationTrace } from './migration-trace.ts';

export interface TrialRequest {
  /** What is changed, and is no use afterwards: no migration is recorded in it. */
  readonly copyUrl: string;
  /** The database that is copied. It must be another one. */
  readonly servedUrl: string;
  readonly isProduction: boolean;
  readonly folder: string;
  readonly direction: 'up' | 'down';
  /** In the order in which they run. */
  readonly names: readonly string[];
}

/** Stops at the first that fails. MigratorFailure `command-invalid` in production, and for the database itself. */
export async function tryPlan(request: TrialRequest): Promise<MigrationTrace[]> {
  refuseServedDatabase(request);
  const { folder, direction, names } = request;
  const loaded = new Map((await loadMigrations(folder)).map((migration) => [migration.name, migration]));
  const opened = openMigrator({ databaseUrl: request.copyUrl, folder });
  try {
    const { orm } = opened;
    const watch = await TableWatch.begin(queryIn(orm, undefined));
    const traces: MigrationTrace[] = [];
    for (const name of names) {
      const migration = loaded.get(name);
      assert(migration !== undefined, `a planned migration has a file, and ${name} has none`);
      const trace = await runMigration({ orm, migration, direction, watch });
      traces.push(trace);
      if (trace.failure !== undefined) break;
    }
    return traces;
  } finally {
    await opened.close();
  }
}

function refuseServedDatabase({ copyUrl, servedUrl, isProduction }: TrialRequest): void {
  const why = isProduction
    ? 'This is production, and a trial takes every lock and changes every row that the migrations do'
    : placeOf(copyUrl) === placeOf(servedUrl)
      ? 'A trial changes the database that it runs on, and this is the one that is served'
      : undefined;
  if (why === undefined) return;
  throw new MigratorFailure(
    'command-invalid',
    `${why}. Nothing was run. See what they would do with "manage db migrate --plan", which runs nothing; try them on a copy elsewhere.`,
  );
}

/** The user does not matter. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  const host = ['localhost', '[::1]'].includes(hostname) ? '127.0.0.1' : hostname;
  return `${host}:${port || '5432'}${pathname}`;
}
