/** A database that is reached through a pooler: nothing is migrated through it, and the message names the setting. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../../src/migrator/commands/doctor.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import { startPooler } from '../../support/pooler.ts';
import { runOperatorCommand } from '../commands/run-operator-command.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { Pooler } from '../../support/pooler.ts';

let database: TestDatabase;
let pooler: Pooler;
let folder: MigrationFolder;

beforeAll(async () => {
  database = await createEmptyDatabase();
  pooler = await startPooler(database.url);
  folder = await makeMigrationFolder({ M1_note: migrationSource({ up: ['create table notes (id int)'] }) });
});

afterAll(async () => {
  await pooler[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await database.drop();
});

describe('a pooler, though every statement meets the same process', () => {
  it('is distinguished from PostgreSQL itself, and nothing is done through it', async () => {
    await using through = openQuietMigrator(pooler.url, folder.path);

    await expect(through.migrator.up()).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringMatching(/through a pooler.*MIGRATION_DATABASE_URL.*Nothing was done/),
    });

    const connection = openPlainConnection(database.url);
    expect(
      await connection.query(`select from pg_class where relnamespace = 'public'::regnamespace`),
    ).toEqual([]);
    await connection.close();
  });

  it('is no hindrance to a question', async () => {
    await using through = openQuietMigrator(pooler.url, folder.path);

    expect((await through.migrator.state()).pending).toHaveLength(1);
  });

  it('is found by the doctor, which finds none where there is none', async () => {
    const examine = (databaseUrl: string) =>
      runOperatorCommand(doctorCommand, [], { databaseUrl, folder: folder.path });

    expect((await examine(pooler.url)).stdout).toMatch(/through a pooler.*MIGRATION_DATABASE_URL/);
    expect((await examine(database.url)).stdout).toMatch(/^ok +server$/m);
  });
});
