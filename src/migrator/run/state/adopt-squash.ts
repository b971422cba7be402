/** Records a squash beside its originals, or them beside it: nothing runs, for what the one does the others have done. */
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import { isFresh } from './migration-state.ts';
import { squashNote, unrecordedOriginals } from './squash-rows.ts';
import type { ManifestEntry } from './manifest.ts';
import type { MigrationState } from './migration-state.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { TrackingTable } from './tracking-table.ts';

export interface AdoptionParts {
  readonly driver: AbstractSqlDriver;
  readonly table: TrackingTable;
  readonly log: MigratorLog;
  readonly read: () => Promise<MigrationState>;
  /** Throws when this version must not work with this database. */
  readonly refuse: (state: MigrationState) => void;
}

/**
 * Adopts what can be adopted and returns the state then. A squash may stand for originals one of which is a squash, hence again
 * until none is left. Called under the lock.
 */
export async function adoptAll(parts: AdoptionParts): Promise<MigrationState> {
  for (;;) {
    const state = await parts.read();
    if (!hasToAdopt(state)) return state;
    parts.refuse(state);
    for (const squash of state.adoptable) await adopt(squash, parts);
    for (const [squash, originals] of missingOriginals(state))
      await recordOriginals(squash, originals, state, parts);
  }
}

/** Whether a squash or the originals of one are to be recorded. */
export function hasToAdopt(state: MigrationState): boolean {
  return state.adoptable.length > 0 || missingOriginals(state).size > 0;
}

/** In a first run that is not over, rows of another kind would say that it is. */
function missingOriginals(state: MigrationState): ReturnType<typeof unrecordedOriginals> {
  return isFresh(state) ? new Map() : unrecordedOriginals(state);
}

/**
 * The rows of the originals stay, each with its own phase: a version that does not know the squash is judged by them. The squash
 * itself takes nothing away, whatever its originals did.
 */
async function adopt(
  { name, checksum, formerly, replaces = [] }: ManifestEntry,
  { table, log }: AdoptionParts,
) {
  await table.record({
    name,
    checksum,
    formerly,
    phase: 'expand',
    kind: 'squash',
    note: squashNote(replaces),
  });
  log.info({ squash: name, replaces }, 'the squash is recorded beside its originals; nothing was run');
}

/** What a squash did that ran in their place, they have done. */
async function recordOriginals(
  squash: string,
  originals: readonly ManifestEntry[],
  state: MigrationState,
  { driver, table, log }: AdoptionParts,
): Promise<void> {
  await driver.getConnection().transactional(async (tx) => {
    for (const { name, checksum, formerly, phase } of originals)
      await table.record(
        { name, checksum, formerly, phase, kind: 'squash', note: `${squash} replaces it` },
        tx,
      );
    const note = squashNote(state.squashes.get(squash) ?? []);
    await table.amend(squash, { phase: 'expand', note }, tx);
  });
  const names = originals.map(({ name }) => name);
  log.info(
    { squash, originals: names },
    'the originals of the squash are recorded beside it; nothing was run',
  );
}
