/** MikroORM's migrator with guards: one at a time, strict names, one transaction a migration, accurate messages. */
import type { MigrateOptions, MigrationInfo, MikroORM } from '@mikro-orm/core';
import { Migrator as StockMigrator } from '@mikro-orm/migrations';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import { MigratorFailure } from '../failure.ts';
import { fakeRows, unfakeNames } from './state/fake-record.ts';
import { fileOf } from './state/entry-name.ts';
import { readInstallation } from './state/installation.ts';
import { compareMigrations } from './state/migration-state.ts';
import { defaultSettings } from './migrator-settings.ts';
import { hasWork } from './plan/plan-run.ts';
import { selectionOf } from './state/selection.ts';
import { standsFor } from './state/squash-rows.ts';
import { duplicatesFault, skewFault, logSkew } from './state/skew.ts';
import { osUser, TrackingTable } from './state/tracking-table.ts';
import type { FakeReason } from './state/fake-record.ts';
import type { MigrationState } from './state/migration-state.ts';
import type { MigratorSettings } from './migrator-settings.ts';
import type { Query } from './connect/query.ts';
import type { RunHost, RunRecord } from './run-under-lock.ts';
import type { Session } from './session/session.ts';

type Method = 'up' | 'down';
type Runnables = Awaited<ReturnType<StockMigrator['discoverMigrations']>>;

/** Loaded by a run that has something to do. */
const underLock = () => import('./run-under-lock.ts');

/**
 * Returns the extension that makes this migrator the one of an ORM, for an application of this version. Its name must be `Migrator`:
 * under any other, MikroORM silently loads its own over this one.
 */
export function migratorExtension(version: string | undefined) {
  return {
    name: 'Migrator',
    register: (orm: MikroORM): void =>
      // MikroORM says only "some entity manager" here; the options of this class are for PostgreSQL alone.
      orm.config.registerExtension(
        '@mikro-orm/migrator',
        () => new Migrator(orm.em as SqlEntityManager, version),
      ),
  };
}

export class Migrator extends StockMigrator {
  #settings: MigratorSettings = defaultSettings((message) =>
    this.config.getLogger().log('migrator', message, { enabled: true }),
  );
  #session: Session | undefined;
  /** What there is to run, read once a session: MikroORM asks for it before each migration. */
  #runnables: Runnables | undefined;

  constructor(em: SqlEntityManager, version?: string) {
    super(em);
    this.#table.version = version;
  }

  /** Sets where a run reports, what ends it and how strict it is; what is left out stays as it was. */
  configure(settings: {
    readonly [Name in keyof MigratorSettings]?: MigratorSettings[Name] | undefined;
  }): this {
    const stated = Object.entries(settings).filter(([, value]) => value !== undefined);
    this.#settings = { ...this.#settings, ...Object.fromEntries(stated) };
    return this;
  }

  /**
   * Compares the database with this version. Reads only: no lock, no table is made, and the right to read suffices.
   * MigratorFailure `installation-incomplete` when the files are not those of the manifest.
   */
  async state(): Promise<MigrationState> {
    await this.resolvePaths();
    // Both ends are awaited, whatever the other does: closing a pool that is still connecting never ends.
    const [installation, tracked] = await Promise.allSettled([
      readInstallation(this.absolutePath),
      this.#table.read(),
    ]);
    if (installation.status === 'rejected') throw installation.reason;
    if (tracked.status === 'rejected') throw tracked.reason;
    return compareMigrations(installation.value.manifest, tracked.value);
  }

  /** What `up` without a target would apply, and the contracts that wait to be asked for. */
  override async getPending(): Promise<MigrationInfo[]> {
    const { pending } = await this.state();
    return pending.map(({ name }) => ({ name, path: this.#pathOf(name) }));
  }

  /** Records pending migrations as applied without running them; what they do must have been done otherwise. */
  async recordFake(names: readonly string[], reason: FakeReason): Promise<string[]> {
    // A misspelt name makes no table.
    fakeRows(await this.#stateToRecord(), names, reason);
    return this.#exclusively(async () => {
      const rows = fakeRows(await this.state(), names, reason);
      await this.driver.getConnection().transactional(async (tx) => {
        for (const row of rows) await this.#table.record(row, tx);
      });
      const recorded = rows.map(({ name }) => name);
      this.#settings.log.warn(
        { migrations: recorded, reason: reason.reason },
        'recorded as applied without running',
      );
      return recorded;
    });
  }

  /** Takes the record of an applied migration away without reverting it; its file need not exist. */
  async removeRecord(name: string, { reason }: FakeReason): Promise<string> {
    unfakeNames(await this.#stateToRecord(), name);
    return this.#exclusively(async () => {
      const [found = name, ...withIt] = unfakeNames(await this.state(), name);
      await this.#table.remove([found, ...withIt]);
      this.#settings.log.warn(
        { migration: found, by: osUser(), reason },
        'its record was removed without reverting it',
      );
      return found;
    });
  }

  /** Takes a row away that no version needs from now on; one from before a squash is refused then, and runs nothing again. */
  async pruneRecord(name: string, { reason }: FakeReason): Promise<void> {
    await this.#exclusively(async () => {
      const squash = standsFor((await this.state()).squashes, name);
      await this.driver.getConnection().transactional(async (tx) => {
        await this.#table.remove([name], tx);
        if (squash !== undefined) await this.#table.amend(squash, { phase: 'contract', note: null }, tx);
      });
      this.#settings.log.warn({ migration: name, by: osUser(), reason }, 'its record was deleted');
    });
  }

  override async logMigration(name: string): Promise<void> {
    await this.recordFake([name], { reason: 'mikro-orm migration:log' });
  }

  override async unlogMigration(name: string): Promise<void> {
    await this.removeRecord(name, { reason: 'mikro-orm migration:unlog' });
  }

  override async rollup(): Promise<never> {
    throw new MigratorFailure(
      'command-invalid',
      'Migrations are not rolled up here: it deletes files that other databases still need, and they would then fail. ' +
        'Use "npm run db -- squash", whose result stands for the originals in every database.',
    );
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

  protected override async discoverMigrations(): Promise<Runnables> {
    if (this.#runnables !== undefined) return this.#runnables;
    const { manifest } = await readInstallation(this.absolutePath);
    const runnables = manifest.migrations.map(({ name }) => this.resolve({ name, path: this.#pathOf(name) }));
    if (this.#session !== undefined) this.#runnables = runnables;
    return runnables;
  }

  /** MikroORM runs what this returns, between its events; `record` writes or deletes the row. */
  protected override resolve({ name, path }: { name: string; path: string }): Runnables[number] {
    type WriteRow = Parameters<Runnables[number]['up']>[0];
    const run = (method: Method) => (write: WriteRow) => this.#run(method, async (tx) => write?.(tx));
    return { name, path, up: run('up'), down: run('down') };
  }

  protected override async runMigrations(
    method: Method,
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    const selection = selectionOf(options);
    const state = await this.state();
    this.#refuseSkew(state);
    // Most starts have nothing to do, and need no lock to see it.
    if (!(await hasWork({ ...this.#settings, method, selection, state, query: this.#query }))) {
      logSkew(state, this.#settings.log);
      return [];
    }
    const { runSelection } = await underLock();
    const runOne = (name: string) => super.runMigrations(method, { migrations: [name] });
    return this.#exclusively((session) => runSelection(this.#host, session, { method, selection, runOne }));
  }

  /** Called by MikroORM for the migration at hand. */
  async #run(method: Method, record: RunRecord): Promise<void> {
    const session = this.#session;
    assert(session?.current !== undefined, 'a migration runs only while the lock is held');
    const { runCurrent } = await underLock();
    await runCurrent(this.#host, { ...session, current: session.current }, method, record);
  }

  async #exclusively<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const { withSession } = await import('./session/session.ts');
    return withSession(this.#host, async (session) => {
      this.#session = session;
      try {
        return await work(session);
      } finally {
        [this.#session, this.#runnables] = [undefined, undefined];
      }
    });
  }

  /** A record may repair a skew; a table with one name twice is repaired by hand. */
  async #stateToRecord(): Promise<MigrationState> {
    const state = await this.state();
    const fault = duplicatesFault(state);
    if (fault !== undefined) throw fault;
    return state;
  }

  #refuseSkew(state: MigrationState): void {
    const fault = skewFault(state, this.#settings);
    if (fault !== undefined) throw fault;
  }

  get #host(): RunHost {
    const databaseUrl = this.config.get('clientUrl');
    assert(databaseUrl !== undefined, 'migratorOptions states the address');
    return {
      driver: this.driver,
      config: this.config,
      table: this.#table,
      settings: this.#settings,
      databaseUrl,
      folder: this.absolutePath,
      query: this.#query,
      readState: () => this.state(),
      refuseSkew: (state) => this.#refuseSkew(state),
    };
  }

  #pathOf(entry: string): string {
    return `${this.absolutePath}/${fileOf(entry)}.ts`;
  }

  get #table(): TrackingTable {
    assert(this.storage instanceof TrackingTable, 'the storage is the one made by createStorage');
    return this.storage;
  }

  readonly #query: Query = (sql) => this.driver.execute(sql);
}
