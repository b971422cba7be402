/** Finds out how a database differs from what its migrations make. The database asked about is only read. */
import { openReader } from '../doctor/reader.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { compareSchema } from './compare-schema.ts';
import { readSchema } from './read-schema.ts';
import { findRecordsDrift } from './records-drift.ts';
import { replayMigrations } from './replay-migrations.ts';
import { createScratchDatabase } from './scratch-database.ts';
import { openScratchDatabase } from './scratch-server.ts';
import type { Project } from '../../run/project.ts';
import { effectiveNames } from '../../run/state/squash-rows.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';
import type { Difference } from './compare-schema.ts';
import type { ScratchDatabase } from './scratch-database.ts';
import type { Schema } from './read-schema.ts';

export interface DriftSettings extends Project {
  readonly databaseUrl: string;
  /** A server to make the scratch database on, in place of the database's own. */
  readonly scratchServerUrl?: string | undefined;
  /** Compares with the records at once, and makes no scratch database. */
  readonly isRecordsOnly?: boolean;
}

export interface DriftReport {
  /** The migrations that are applied, run on a scratch database; or the records of this version. */
  readonly comparedWith: 'migrations' | 'records';
  /** The migrations whose schema was wanted. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Applied and unknown to this version: what they made cannot be told from drift. */
  readonly ahead: readonly string[];
  readonly differences: readonly Difference[];
  /** What the records want changed, as SQL; empty when it was compared with the migrations. */
  readonly statements: readonly string[];
  /** Why it was compared in this way, and what to think of when reading the differences. */
  readonly notes: readonly string[];
}

/** Compares, and removes what it needed for that. */
export async function findDrift(settings: DriftSettings): Promise<DriftReport> {
  const { databaseUrl, folder } = settings;
  const state = await readState(settings);
  const found = await readSchema(databaseUrl);
  const pending = state.pending.map(({ name }) => name);
  const ahead = state.ahead.map(({ name }) => name);
  const about = { pending, ahead };
  const scratch = await chooseScratch(settings);
  if (typeof scratch === 'string') {
    const drift = await findRecordsDrift(settings, found);
    const applied = state.manifest.migrations.map(({ name }) => name);
    const notes = [
      ...notesOnState(state, 'records'),
      ...(scratch === '' ? [] : [`No scratch database: ${scratch}.`]),
    ];
    return { ...about, ...drift, comparedWith: 'records', applied, notes };
  }
  try {
    const applied = effectiveNames(state).filter((name) => !ahead.includes(name));
    const wanted = await schemaOf(scratch, folder, applied);
    const notes = notesOnState(state, 'migrations');
    const differences = compareSchema(wanted, found);
    return { ...about, comparedWith: 'migrations', applied, differences, statements: [], notes };
  } finally {
    await scratch.drop();
  }
}

async function readState(settings: DriftSettings): Promise<MigrationState> {
  const reader = openReader(settings);
  try {
    return await reader.compare();
  } finally {
    await reader.close();
  }
}

/** A string is why there is none; empty when none was wanted. */
async function chooseScratch(settings: DriftSettings): Promise<ScratchDatabase | string> {
  const { scratchServerUrl, isRecordsOnly = false } = settings;
  if (isRecordsOnly) return '';
  // A server that somebody named is to be used; that it cannot be is an error.
  if (scratchServerUrl !== undefined) return createScratchDatabase(scratchServerUrl);
  return openScratchDatabase(settings);
}

/** In the order in which they were applied there, which is not always that of their names. */
async function schemaOf(
  scratch: ScratchDatabase,
  folder: string,
  applied: readonly string[],
): Promise<Schema> {
  const migrations = new Map((await loadMigrations(folder)).map((each) => [each.name, each]));
  await replayMigrations(
    scratch.url,
    applied.flatMap((name) => migrations.get(name) ?? []),
  );
  return readSchema(scratch.url);
}

function notesOnState(state: MigrationState, comparedWith: DriftReport['comparedWith']): string[] {
  const { pending, ahead, edited, tracked } = state;
  const cannotTell = 'what they made cannot be told from drift';
  return [
    ...(tracked.length === 0
      ? [
          'No migration is recorded here. If its tables were made in another way, see db migrate --fake-initial.',
        ]
      : []),
    ...(pending.length === 0
      ? []
      : [
          `Pending: ${namesOf(pending)}; ${comparedWith === 'migrations' ? 'compared without them' : 'what they would make is told as a difference'}.`,
        ]),
    ...(ahead.length === 0
      ? []
      : [`Applied, and unknown to this version: ${namesOf(ahead)}; ${cannotTell}.`]),
    ...(edited.length === 0
      ? []
      : [`Edited since they were applied: ${namesOf(edited)}; compared with what they are now.`]),
  ];
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(', ');
}
