/** The table of applied migrations: created under the lock only, never with one name twice, and with what each run was. */
import { TableNotFoundException } from '@mikro-orm/core';
import { MigrationStorage } from '@mikro-orm/migrations';
import Type from 'typebox';
import assert from 'node:assert/strict';
import { hostname, userInfo } from 'node:os';
import { FIRST_RUN_NOTE } from './migration-state.ts';
import { PHASES } from '../migration.ts';
import { literal } from '../connect/sql-text.ts';
import { compiledCheck } from './compiled-check.ts';
import { placeOf } from './placement.ts';
import type { MigrationRow } from '@mikro-orm/migrations';
import type { Transaction } from '@mikro-orm/core';
import type { TrackedKind, TrackedMigration } from './migration-state.ts';
import type { Phase } from '../migration.ts';

const nullable = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** A row as JSON, so that one statement reads tables of every age: an older one lacks the columns. */
const Row = Type.Object({
  name: Type.String(),
  executed_at: Type.String(),
  checksum: nullable(Type.String()),
  phase: nullable(Type.Enum(PHASES)),
  duration_ms: nullable(Type.Number()),
  applied_by: nullable(Type.String()),
  app_version: nullable(Type.String()),
  host: nullable(Type.String()),
  kind: nullable(Type.Enum(['run', 'fake', 'squash'])),
  note: nullable(Type.String()),
});
const isRow = compiledCheck(Row);

/** Every column is one that the table of MikroORM lacks, and may be null: what MikroORM itself inserts stays valid. */
const COLUMNS: Readonly<Record<string, string>> = {
  checksum: 'varchar(64)',
  phase: 'varchar(16)',
  duration_ms: 'integer',
  applied_by: 'varchar(128)',
  app_version: 'varchar(64)',
  host: 'varchar(255)',
  backend_pid: 'integer',
  kind: 'varchar(16)',
  note: 'text',
};

/** What is recorded of a migration besides its name. */
export interface RecordedFacts {
  readonly name: string;
  readonly checksum: string;
  readonly formerly?: readonly string[] | undefined;
  readonly phase: Phase;
  readonly kind: TrackedKind;
  readonly note: string | null;
  /** When it began, on the clock of `performance`; absent for what did not run. */
  readonly startedAt?: number;
  /** The rows that go with it when it is reverted, its own among them. */
  readonly goesWith?: readonly string[];
}

export class TrackingTable extends MigrationStorage {
  /** The version of the application, for the rows that are added. MikroORM makes the table before anyone can say it. */
  version: string | undefined;
  #next: RecordedFacts | undefined;
  /** Where this connection works; unknown until it was asked. */
  #found: string | undefined;

  /** MikroORM calls this before it reads. Reading must not write: {@link create} makes the table, under the lock. */
  override async ensureTable(): Promise<void> {
    // Nothing to do here on purpose.
  }

  override setRunSchema(schema?: string): void {
    super.setRunSchema(schema ?? this.#found);
  }

  override unsetRunSchema(): void {
    super.setRunSchema(this.#found);
  }

  /** The schema that the table is in. */
  get schema(): string {
    return this.getTableName().schemaName ?? 'public';
  }

  /** The whole name: a migration may have changed where names are looked up. */
  get #table(): string {
    return `${this.driver.getPlatform().quoteIdentifier(this.schema)}.${this.#quotedName}`;
  }

  get #quotedName(): string {
    return this.driver.getPlatform().quoteIdentifier(this.getTableName().tableName);
  }

  /**
   * Makes the table, and the index that lets only one of two writers record a migration. Called under the lock. A table that
   * is as it should be is not touched: `alter table` would wait for all who read it, a backup for instance.
   */
  async create(): Promise<void> {
    await this.#locate();
    await super.ensureTable();
    const found = await this.driver.execute<{ name: string }[]>(
      `select attname as name from pg_attribute where attrelid = ${literal(this.#table)}::regclass and attnum > 0 and not attisdropped
       union all
       select '(unique)' from pg_index where indrelid = ${literal(this.#table)}::regclass and indisunique and indnatts = 1
          and indkey[0] = (select attnum from pg_attribute where attrelid = indrelid and attname = 'name')`,
    );
    const names = new Set(found.map(({ name }) => name));
    const missing = Object.entries(COLUMNS).filter(([name]) => !names.has(name));
    if (missing.length > 0) {
      const columns = missing.map(([name, type]) => `add column if not exists ${name} ${type}`).join(', ');
      await this.driver.execute(`alter table ${this.#table} ${columns}`);
    }
    if (names.has('(unique)')) return;
    const index = this.driver.getPlatform().quoteIdentifier(`${this.getTableName().tableName}_name_unique`);
    await this.driver.execute(`create unique index if not exists ${index} on ${this.#table} ("name")`);
  }

  /** All rows, in the order in which they were applied; none when there is no table. Every start asks this: it is two short queries. */
  async read(): Promise<TrackedMigration[]> {
    await this.#locate();
    const rows = await this.#readUnlessMissing<{ row: unknown }>(
      `select to_jsonb(t) as row from ${this.#table} t order by id`,
    );
    return rows.map(({ row }) => this.#parse(row));
  }

  /** MikroORM asks this before each migration, and needs nothing else of the rows. */
  override async executed(): Promise<string[]> {
    return (await this.getExecutedMigrations()).map(({ name }) => this.getMigrationName(name));
  }

  override async getExecutedMigrations(): Promise<MigrationRow[]> {
    await this.#locate();
    return this.#readUnlessMissing<MigrationRow>(
      `select id, name, executed_at from ${this.#table} order by id`,
    );
  }

  /** States what the next {@link logMigration} is to record; MikroORM passes it the name alone. */
  expect(facts: RecordedFacts): void {
    this.#next = facts;
  }

  /** Called by MikroORM when a migration has run, in its transaction. */
  override async logMigration({ name }: { name: string }, tx?: Transaction): Promise<void> {
    const facts = this.#next;
    assert(facts?.name === this.getMigrationName(name), `${name} was to be recorded, and not ${facts?.name}`);
    await this.record(facts, tx);
  }

  /** Adds a row. */
  async record(facts: RecordedFacts, tx?: Transaction): Promise<void> {
    const { name, checksum, formerly, phase, kind, note, startedAt } = facts;
    const by = osUser();
    const durationMs = startedAt === undefined ? null : Math.round(performance.now() - startedAt);
    await this.driver.execute(
      `insert into ${this.#table} (name, checksum, phase, duration_ms, applied_by, app_version, host, backend_pid, kind, note)
       values (?, ?, ?, ?, left(session_user || ?, 128), ?, ?, pg_backend_pid(), ?, ?)`,
      [
        name,
        // The one that the oldest version knows: by any other it would take the migration for an edited one.
        formerly?.[0] ?? checksum,
        phase,
        durationMs,
        by === undefined ? '' : ` (${by})`,
        this.version ?? null,
        hostname().slice(0, 255),
        kind,
        note,
      ],
      'run',
      tx,
    );
  }

  /** Called by MikroORM when a migration was reverted, in its transaction. */
  override async unlogMigration({ name }: { name: string }, tx?: Transaction): Promise<void> {
    const facts = this.#next;
    assert(
      facts?.name === this.getMigrationName(name),
      `${name} was to be forgotten, and not ${facts?.name}`,
    );
    await this.remove(facts.goesWith ?? [facts.name], tx);
  }

  /** Takes rows away. */
  async remove(names: readonly string[], tx?: Transaction): Promise<void> {
    await this.driver.execute(
      `delete from ${this.#table} where name in (${variantsOf(names).map(literal).join(', ')})`,
      [],
      'run',
      tx,
    );
  }

  /** Says what a version that does not know the migration has to think of it; a note that is there stays. */
  async amend(name: string, { phase, note }: Pick<RecordedFacts, 'phase' | 'note'>, tx?: Transaction) {
    await this.driver.execute(
      `update ${this.#table} set phase = ?, note = coalesce(note, ?) where name in (${variantsOf([name]).map(literal).join(', ')})`,
      [phase, note],
      'run',
      tx,
    );
  }

  /** The first run is over: from now on contracts wait until they are asked for. */
  async endFirstRun(): Promise<void> {
    await this.driver.execute(
      `update ${this.#table} set note = null where note = ${literal(FIRST_RUN_NOTE)}`,
    );
  }

  /** The schema that unqualified names mean here, as those of every migration are; asked once a connection. */
  async #locate(): Promise<void> {
    if (this.#found !== undefined) return;
    this.#found = await placeOf((sql) => this.driver.execute(sql), this.getTableName().tableName);
    super.setRunSchema(this.#found);
  }

  #parse(row: unknown): TrackedMigration {
    assert(isRow(row), `a row of the table of migrations was ${JSON.stringify(row)}`);
    return {
      name: this.getMigrationName(row.name),
      executedAt: new Date(row.executed_at),
      checksum: row.checksum ?? null,
      phase: row.phase ?? null,
      durationMs: row.duration_ms ?? null,
      appliedBy: row.applied_by ?? null,
      appVersion: row.app_version ?? null,
      host: row.host ?? null,
      kind: row.kind ?? 'run',
      note: row.note ?? null,
    };
  }

  async #readUnlessMissing<T extends object>(sql: string): Promise<T[]> {
    try {
      return await this.driver.execute<T[]>(sql);
    } catch (error) {
      if (error instanceof TableNotFoundException) return [];
      throw error;
    }
  }
}

/** The user of the operating system; a container's user may have no name. */
export function osUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** MikroORM takes a name with and without its file's ending for the same. */
function variantsOf(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}.ts`, `${name}.js`]);
}
