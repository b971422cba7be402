/** Records a squash in a database that its originals made: nothing runs, for what it does is done. */
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
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
    if (state.adoptable.length === 0) return state;
    parts.refuse(state);
    await adoptSquashes(state.adoptable, parts);
  }
}

/** Puts each squash in the place of its originals, in one transaction each: a later `down` must never meet both. */
async function adoptSquashes(
  squashes: readonly ManifestEntry[],
  { driver, table, log }: AdoptionParts,
): Promise<void> {
  for (const { name, checksum, formerly, phase, replaces = [] } of squashes) {
    await driver.getConnection().transactional(async (tx) => {
      // In the order of what was applied it stands where they stood: what came after them was made on top of them.
      const position = await table.remove(replaces, tx);
      const note = `stands for ${replaces.join(', ')}`;
      await table.record({ name, checksum, formerly, phase, kind: 'squash', note, position }, tx);
    });
    log.info(
      { squash: name, replaces },
      'the squash is recorded in the place of its originals; nothing was run',
    );
  }
}
