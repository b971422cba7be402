/** MikroORM's migrator with guards: one at a time, strict names, one transaction a migration, words that are true. */
import type { MigrateOptions, MigrationInfo, MikroORM } from '@mikro-orm/core';
import { Migrator as StockMigrator } from '@mikro-orm/migrations';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../shared/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { backoffDelayMs } from '../../shared/backoff.ts';
import { confirmLock, releaseLock, takeLock } from './migration-lock.ts';
import type { LockSettings } from './migration-lock.ts';
import { migrationFailure, sqlStateOf } from './migration-failure.ts';
import type { Query } from './query.ts';
import { selectDown, selectUp } from './selection.ts';
import type { MigrationNames, Selection } from './selection.ts';
import { TrackingTable } from './tracking-table.ts';

/** SQLSTATE of a statement that met `lock_timeout`. Its migration was rolled back and may simply be tried again. */
const LOCK_NOT_AVAILABLE = '55P03';
/** With the delays, about a minute: a report that reads a table for longer is somebody's to end. */
const LOCK_RETRIES = 8;
const LOCK_RETRY_DELAYS = { firstMs: 1_000, longestMs: 10_000 };

/**
 * The name must be `Migrator`: under any other, MikroORM loads its own over this one, without a word.
 * The command line and the server both get it from the `extensions` of their options.
 */
export class Migrator extends StockMigrator {
  #lock: LockSettings = {
    log: (message) => this.config.getLogger().log('migrator', message, { enabled: true }),
  };

  static override register(orm: MikroORM): void {
    orm.config.registerExtension('@mikro-orm/migrator', () => {
      // MikroORM says only "some entity manager" here; the options of this class are for PostgreSQL alone.
      return new Migrator(orm.em as SqlEntityManager);
    });
  }

  /** Sets who hears of waiting for the lock, and what ends the waiting. */
  configureLock(settings: LockSettings): void {
    this.#lock = settings;
  }

  /** The names of all files and of all applied migrations. Reads only. */
  async names(): Promise<MigrationNames> {
    await this.initPaths();
    // Both ends are awaited, whatever the other does: closing a pool that is still connecting never ends.
    const [files, applied] = await Promise.allSettled([this.discoverMigrations(), this.storage.executed()]);
    if (files.status === 'rejected') throw files.reason;
    if (applied.status === 'rejected') throw applied.reason;
    return { all: files.value.map(({ name }) => name), applied: applied.value };
  }

  override async rollup(): Promise<never> {
    throw new AppError(
      'command-invalid',
      'Migrations are not rolled up here: it deletes files that other databases still need, and they would then fail.',
    );
  }

  override async logMigration(name: string): Promise<void> {
    const { all, applied } = await this.names();
    const [pending] = selectUp({ all, applied }, { migrations: [name] });
    if (pending === undefined)
      throw new AppError('command-invalid', `Nothing was done: ${name} is applied already.`);
    await this.#exclusively(() => super.logMigration(pending));
  }

  override async unlogMigration(name: string): Promise<void> {
    const [applied] = selectDown(await this.names(), { migrations: [name] });
    assert(applied !== undefined, 'a name that was found selects a migration');
    await this.#exclusively(() => super.unlogMigration(applied));
  }

  protected override createStorage(): TrackingTable {
    return new TrackingTable(this.driver, this.options);
  }

  /** The stock one would make a folder that is missing, and so an empty installation look like an up-to-date one. */
  protected override async initPaths(): Promise<void> {
    await this.resolvePaths();
  }

  /** The stock one would create a database that is missing, and the table outside of the lock. */
  protected override async init(): Promise<void> {
    await this.initPaths();
    this.initialized = true;
  }

  protected override async discoverMigrations(): ReturnType<StockMigrator['discoverMigrations']> {
    const all = await super.discoverMigrations();
    if (all.length > 0) return all;
    throw new AppError(
      'migration-failed',
      `There is not one migration in ${this.absolutePath}. The installation is not whole; nothing was changed.`,
    );
  }

  protected override async runMigrations(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    const selection = selectionOf(options);
    const select = method === 'up' ? selectUp : selectDown;
    // Most starts have nothing to do, and need no lock to see it.
    if (select(await this.names(), selection).length === 0) return [];
    return this.#exclusively(async () => {
      const done: MigrationInfo[] = [];
      // Read again: whoever had the lock before may have done it all.
      for (const name of select(await this.names(), selection)) {
        await confirmLock(this.#query);
        done.push(...(await this.#runOne(method, name, done)));
      }
      return done;
    });
  }

  async #runOne(
    method: 'up' | 'down',
    name: string,
    done: readonly MigrationInfo[],
  ): Promise<MigrationInfo[]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await super.runMigrations(method, { migrations: [name] });
      } catch (error) {
        const isLockTimeout = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
        if (!isLockTimeout || attempt === LOCK_RETRIES) throw migrationFailure(method, name, done, error);
        this.#lock.log(
          `${name} waited too long for a table that others use; it was rolled back and is tried again`,
        );
        await sleep(backoffDelayMs(attempt, LOCK_RETRY_DELAYS, Math.random()));
      }
    }
  }

  async #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    await takeLock(this.#query, this.#lock);
    try {
      assert(this.storage instanceof TrackingTable, 'the storage is the one made by createStorage');
      await this.storage.create();
      return await work();
    } finally {
      // A connection that is gone has given the lock back already, and its own error is the one to tell.
      await releaseLock(this.#query).catch(() => undefined);
    }
  }

  readonly #query: Query = (sql) => this.driver.execute(sql);
}

function selectionOf(options: string | string[] | MigrateOptions | undefined): Selection {
  if (typeof options === 'string') return { migrations: [options] };
  if (Array.isArray(options)) return { migrations: options };
  // Taking no notice of these would change what the caller believes untouched.
  const isPlain = options?.transaction === undefined && options?.schema === undefined;
  if (isPlain) return { from: options?.from, to: options?.to, migrations: options?.migrations };
  throw new AppError(
    'command-invalid',
    'Migrations run in transactions of their own and in the default schema only.',
  );
}
