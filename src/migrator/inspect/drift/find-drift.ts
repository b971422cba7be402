/** Finds out how a database differs from what its migrations make. The database asked about is only read. */
import { withReader } from '../doctor/reader.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { compareSchema } from './compare-schema.ts';
import { readSchema } from './read-schema.ts';
import { replayMigrations } from './replay-migrations.ts';
import { createScratchDatabase } from './scratch-database.ts';
import { effectiveNames } from '../../run/state/squash-rows.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';
import type { Difference } from './compare-schema.ts';

export interface DriftReport {
  /** The migrations whose schema was expected. */
  readonly applied: readonly string[];
  readonly differences: readonly Difference[];
  /** What to think of when reading the differences. */
  readonly notes: readonly string[];
}

/** Runs the applied migrations on a scratch database and compares. MigratorFailure `database-refused` where none can be made. */
export async function findDrift(settings: OpenSettings): Promise<DriftReport> {
  const { databaseUrl, folder } = settings;
  const state = await withReader(settings, (reader) => reader.compare());
  const found = await readSchema(databaseUrl);
  const scratch = await createScratchDatabase(databaseUrl);
  try {
    const migrations = new Map((await loadMigrations(folder)).map((each) => [each.name, each]));
    // In the order in which they were applied there, which is not always that of their names.
    const applied = effectiveNames(state).flatMap((name) => migrations.get(name) ?? []);
    await replayMigrations(scratch.url, applied);
    return {
      applied: applied.map(({ name }) => name),
      differences: compareSchema(await readSchema(scratch.url), found),
      notes: notesOn(state),
    };
  } finally {
    await scratch.drop();
  }
}

function notesOn({ pending, ahead, edited, tracked }: MigrationState): string[] {
  return [
    ...(tracked.length === 0
      ? [
          'No migration is recorded here. If its tables were made in another way, see db migrate --fake-initial.',
        ]
      : []),
    ...note(pending, 'Pending', 'compared without them'),
    ...note(
      ahead,
      'Applied, and unknown to this version',
      'what they made cannot be distinguished from drift',
    ),
    ...note(edited, 'Edited since they were applied', 'compared with what they are now'),
  ];
}

function note(list: readonly { readonly name: string }[], before: string, after: string): string[] {
  return list.length === 0 ? [] : [`${before}: ${list.map(({ name }) => name).join(', ')}; ${after}.`];
}
