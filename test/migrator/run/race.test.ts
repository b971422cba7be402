/** Many processes that start at once and all want to migrate. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { startMigrateProcess } from '../../support/migrate-processes.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { MigrateProcess } from '../../support/migrate-processes.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const PROCESSES = 8;
const ROUNDS = 4;
const NAMES = ['M1_counter', 'M2_count', 'M3_index', 'M4_count'];

let folder: MigrationFolder;
let processes: MigrateProcess[];

beforeAll(async () => {
  folder = await makeMigrationFolder({
    M1_counter: migrationSource({ up: ['create table counter as select 0::int as n'] }),
    M2_count: migrationSource({ up: ['update counter set n = n + 1'], phase: 'data' }),
    M3_index: migrationSource({
      up: ['create unique index concurrently counter_n on counter (n)'],
      statics: ['static override readonly transactional = false;'],
    }),
    M4_count: migrationSource({ up: ['update counter set n = n + 10'], phase: 'data' }),
  });
  processes = Array.from({ length: PROCESSES }, startMigrateProcess);
});

afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await folder[Symbol.asyncDispose]();
});

describe(`${PROCESSES} processes that migrate one empty database at once, ${ROUNDS} times`, () => {
  it('apply each migration once, and none fails', async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const database = await createEmptyDatabase();
      const connection = openPlainConnection(database.url);

      const answers = await Promise.all(processes.map((each) => each.migrate(database.url, folder.path)));

      expect(
        answers.filter((answer) => 'failure' in answer),
        `round ${round}`,
      ).toEqual([]);
      expect(
        answers.flatMap((answer) => ('failure' in answer ? [] : answer)).toSorted(),
        `round ${round}`,
      ).toEqual(NAMES);
      expect(await connection.query('select n from counter')).toEqual([{ n: 11 }]);
      expect(await connection.query('select name from mikro_orm_migrations order by id')).toEqual(
        NAMES.map((name) => ({ name })),
      );
      expect(await connection.query('select from pg_index where not indisvalid')).toEqual([]);
      await connection.close();
      await database.drop();
    }

    const ended = await Promise.all(processes.map((each) => each.end()));
    expect(ended).toEqual(processes.map(() => ({ code: 0, stderr: '' })));
  });
});
