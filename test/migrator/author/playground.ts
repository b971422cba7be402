/** Sets of records that change, folders for their migrations, and a database to run them in. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import type { EntitySchema } from '@mikro-orm/core';
import { NO_DATABASE_URL } from '../../../src/migrator/run/connect/no-database.ts';
import { MigrationGenerator } from '../../../src/migrator/author/make/migration-generator.ts';
import { makeMigrations } from '../../../src/migrator/author/make/make-migrations.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { migratorOptions } from '../../../src/migrator/run/migrator-options.ts';
import { renderSql } from '../../../src/migrator/run/execute/render-sql.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { LoadedMigration } from '../../../src/migrator/run/state/load-migrations.ts';
import type { MakeRequest } from '../../../src/migrator/author/make/make-migrations.ts';
import { noteOf, STAGES } from '../../../src/migrator/author/make/draft.ts';
import type { WrittenMigration } from '../../../src/migrator/author/make/write-migrations.ts';

export type Records = readonly EntitySchema[];

const MADE = join(import.meta.dirname, '../../.made');

export interface Playground extends AsyncDisposable {
  readonly folder: string;
  /** Makes the migrations from what was made before to these records. */
  make(
    records: Records,
    name: string | undefined,
    request?: Partial<MakeRequest>,
  ): Promise<WrittenMigration[]>;
  /** What was made, without its moments: a file, or each step of one as `second`, `second_index`, `second_contract`. */
  names(): Promise<string[]>;
  /** The names of the files. */
  files(): Promise<string[]>;
  /** The text of the file with this name, or with this step. */
  read(ending: string): Promise<string>;
}

/** Makes an empty folder. */
export async function makePlayground(): Promise<Playground> {
  const folder = join(MADE, randomBytes(6).toString('hex'));
  await mkdir(folder, { recursive: true });
  const files = async () => (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort();
  return {
    folder,
    async make(records, name, request = {}) {
      await using orm = openRecords(records, folder);
      const renames = { declared: [], deniesOthers: false };
      return makeMigrations(orm, { folder, name, renames, ...request });
    },
    async names() {
      const texts = (await files()).map(async (file) =>
        stepNames(wordsOf(file), await readFile(join(folder, file), 'utf8')),
      );
      return (await Promise.all(texts)).flat();
    },
    files: async () => (await files()).map((file) => file.replace(/\.ts$/, '')),
    async read(ending) {
      const all = await files();
      const file =
        all.find((each) => wordsOf(each) === ending) ??
        all.find((each) => ending.startsWith(`${wordsOf(each)}_`));
      return readFile(join(folder, file ?? ending), 'utf8');
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function wordsOf(file: string): string {
  return file.replace(/^Migration\d{14}_(.*)\.ts$/, '$1');
}

/** By the note in front of each step. */
function stepNames(words: string, text: string): string[] {
  const longestFirst = STAGES.toSorted((a, b) => noteOf(b).length - noteOf(a).length);
  const stages = [...text.matchAll(/^ {4}\/\/ (.*)\n {4}(?:expand|data|contract)\(/gm)].map(
    ([, note = '']) => longestFirst.find((stage) => note.startsWith(noteOf(stage))) ?? note,
  );
  if (stages.length === 0) return [words];
  return stages.map((stage, index) => {
    if (stage === 'expand') return words;
    const ordinal = stages.slice(0, index + 1).filter((each) => each === stage).length;
    const isAlone = stages.filter((each) => each === stage).length === 1;
    return isAlone ? `${words}_${stage}` : `${words}_${stage}_${ordinal}`;
  });
}

/** An ORM of these records, as the command line has one; without a database unless one is named. */
export function openRecords(records: Records, folder: string, databaseUrl = NO_DATABASE_URL): MikroORM {
  const options = migratorOptions(databaseUrl, { folder });
  return new MikroORM({
    ...options,
    entities: [...records],
    discovery: { warnWhenNoEntities: false },
    // Where migrations run, this table is there for the backfills that they ask for.
    ...(databaseUrl !== NO_DATABASE_URL && { schemaGenerator: { skipTables: ['backfill_jobs'] } }),
    migrations: { ...options.migrations, generator: MigrationGenerator, silent: true },
  });
}

/** Empties the schema, except for the table in which migrations ask for backfills. */
export const EMPTY_SCHEMA: readonly string[] = [
  'drop schema public cascade',
  'create schema public',
  `create table backfill_jobs (
    name text primary key, table_name text not null, key_column text not null default 'id', assignment text not null,
    condition text not null, state text not null default 'pending', cursor text, rows_done bigint not null default 0,
    error text, started_at timestamptz, completed_at timestamptz, updated_at timestamptz not null default now())`,
];

/** Runs migrations as the migrator does: each in a transaction, unless it says otherwise. */
export async function runMigrations(
  { query }: Pick<PlainConnection, 'query'>,
  direction: 'up' | 'down',
  migrations: readonly LoadedMigration[],
): Promise<void> {
  for (const migration of migrations) {
    const statements = (await renderSql(migration, direction)) ?? [];
    const all = migration.transactional ? ['begin', ...statements, 'commit'] : statements;
    for (const statement of all) {
      await query(statement).catch(async (error: unknown) => {
        if (migration.transactional) await query('rollback');
        throw new Error(`${migration.name} ${direction}: ${String(error)} in ${statement}`, {
          cause: error,
        });
      });
    }
  }
}

/** The migrations of a folder that were made after the first `count`. */
export async function migrationsAfter(folder: string, count: number): Promise<LoadedMigration[]> {
  return (await loadMigrations(folder)).slice(count);
}
