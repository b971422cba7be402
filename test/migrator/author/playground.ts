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
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { LoadedMigration } from '../../../src/migrator/run/state/load-migrations.ts';
import type { MakeRequest } from '../../../src/migrator/author/make/make-migrations.ts';
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
  /** The names of the files, without their moments. */
  names(): Promise<string[]>;
  /** The names of the files. */
  files(): Promise<string[]>;
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
    names: async () => (await files()).map((file) => file.replace(/^Migration\d{14}_(.*)\.ts$/, '$1')),
    files: async () => (await files()).map((file) => file.replace(/\.ts$/, '')),
    async read(ending) {
      const file = (await files()).find((each) => each.replace(/^Migration\d{14}_/, '') === `${ending}.ts`);
      return readFile(join(folder, file ?? ending), 'utf8');
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An ORM of these records, as the command line has one; without a database unless one is named. */
export function openRecords(records: Records, folder: string, databaseUrl = NO_DATABASE_URL): MikroORM {
  const options = migratorOptions(databaseUrl, { folder });
  return new MikroORM({
    ...options,
    entities: [...records],
    discovery: { warnWhenNoEntities: false },
    migrations: { ...options.migrations, generator: MigrationGenerator, silent: true },
  });
}

/** Runs migrations as the migrator does: each in a transaction, unless it says otherwise. */
export async function runMigrations(
  databaseUrl: string,
  direction: 'up' | 'down',
  migrations: readonly LoadedMigration[],
): Promise<void> {
  await using orm = openRecords([], '.', databaseUrl);
  const connection = openPlainConnection(databaseUrl);
  try {
    for (const migration of migrations) {
      const parts = { driver: orm.driver, config: orm.config };
      const statements = (await renderSql(migration, direction, parts)) ?? [];
      const all = migration.transactional ? ['begin', ...statements, 'commit'] : statements;
      for (const statement of all) {
        await connection.query(statement).catch((error: unknown) => {
          throw new Error(`${migration.name} ${direction}: ${String(error)} in ${statement}`, {
            cause: error,
          });
        });
      }
    }
  } finally {
    await connection.close();
  }
}

/** The migrations of a folder that were made after the first `count`. */
export async function migrationsAfter(folder: string, count: number): Promise<LoadedMigration[]> {
  return (await loadMigrations(folder)).slice(count);
}
