/** The options of every ORM that migrates: the command line's and the server's at start. */
import type { Options } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../failure.ts';
import { connectionOptions } from './connect/connection-options.ts';
import { migratorExtension } from './migrator.ts';
import { LOCK_TIMEOUT_MS } from './migrator-settings.ts';
import type { Project } from './project.ts';

/** A migration's transaction that does nothing for this long has lost its process. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** Returns the options for migrating the database at `databaseUrl`. */
export function migratorOptions(databaseUrl: string, { folder, version }: Project) {
  return {
    ...connectionOptions({
      databaseUrl,
      // Anyone who waits for the lock sees the version of its holder.
      purpose: `migrator ${version ?? ''}`.trimEnd(),
      // One connection that is never released: the advisory lock belongs to it, and so do all statements under the lock.
      poolSize: 1,
      idleTimeoutMs: 0,
      settings: {
        lock_timeout: LOCK_TIMEOUT_MS,
        statement_timeout: 0,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      },
    }),
    extensions: [migratorExtension(version)],
    // Earlier versions kept an account of their tries there, and no record describes it: comparing must neither find it nor drop it.
    schemaGenerator: { skipTables: ['migration_attempts'] },
    migrations: {
      path: folder,
      pathTs: folder,
      glob: '!(*.d).ts',
      tableName: 'mikro_orm_migrations',
      // One name for all; the default has the database's name in it.
      snapshotName: '.snapshot',
      // The snapshot is written by migration:create alone. Rewriting it on every up and down churns, and after a down
      // the next migration would repeat the reverted change.
      snapshotOnMigrate: false,
      // Each migration is its own transaction: what is done stays done, and an enum value added by one is there for the next.
      allOrNothing: false,
      fileName: migrationFileName,
    },
  } satisfies Options;
}

/** A migration without a name says nothing in a list of forty. */
function migrationFileName(timestamp: string, name?: string): string {
  if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new MigratorFailure(
      'command-invalid',
      `A migration needs a name in snake case, such as --name add_order_note; it was ${name ?? 'left out'}`,
    );
  }
  return `Migration${timestamp}_${name}`;
}
