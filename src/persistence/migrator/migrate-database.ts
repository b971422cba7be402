/** Brings the database to the schema of this version, at the server's start. */
import { MikroORM } from '@mikro-orm/postgresql';
import { assert } from '../../shared/assert.ts';
import { Migrator } from './migrator.ts';
import { migratorOptions } from './migrator-options.ts';

export interface MigrateSettings {
  readonly databaseUrl: string;
  readonly log: { info(fields: object, message: string): void };
  /** Hears before each migration which one it is and how many there are. */
  readonly onProgress?: (progress: MigrationProgress) => void;
  /** Ends the waiting for another process. A migration that runs is finished. */
  readonly signal?: AbortSignal;
}

export interface MigrationProgress {
  readonly migration: string;
  readonly index: number;
  readonly total: number;
}

export interface MigrationOutcome {
  readonly applied: readonly string[];
  readonly alreadyApplied: number;
}

/** Applies what is pending and returns it. Any number of processes may do so at once: one applies, the others wait. */
export async function migrateDatabase(settings: MigrateSettings): Promise<MigrationOutcome> {
  const { databaseUrl, log, signal } = settings;
  const options = migratorOptions(databaseUrl);
  const orm = new MikroORM({
    ...options,
    // Migrations are SQL; not looking at the records makes this start in milliseconds.
    entities: [],
    discovery: { warnWhenNoEntities: false },
    migrations: { ...options.migrations, silent: true },
  });
  try {
    const { migrator } = orm;
    assert(
      migrator instanceof Migrator,
      `the migrator was ${migrator.constructor.name} of MikroORM, without our guards`,
    );
    migrator.configureLock({ log: (message) => log.info({}, message), signal });
    const { all, applied } = await migrator.names();
    const total = all.filter((name) => !applied.includes(name)).length;
    reportProgress(migrator, { ...settings, total });
    const done = await migrator.up();
    return { applied: done.map(({ name }) => name), alreadyApplied: applied.length };
  } finally {
    await orm.close(true);
  }
}

function reportProgress(
  migrator: Migrator,
  { log, onProgress, total }: MigrateSettings & { readonly total: number },
): void {
  let index = 0;
  let startedAt = 0;
  migrator.on('migrating', ({ name }) => {
    index += 1;
    startedAt = performance.now();
    onProgress?.({ migration: name, index, total });
  });
  // Said after the commit, because each migration is a transaction of its own.
  migrator.on('migrated', ({ name }) => {
    log.info({ migration: name, durationMs: Math.round(performance.now() - startedAt) }, 'migration applied');
  });
}
