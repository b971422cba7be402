/** What a migration sets, makes or becomes in its session ends with it: the next one starts as the first did. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';

const ALONE = ['static override readonly transactional = false;'];
const ROLE = 'session_test_nobody';

const { database, connection } = useEmptyDatabase();

beforeEach(async () => {
  await connection.query(`create role ${ROLE}`);
});

afterEach(async () => {
  await connection.query(`drop owned by ${ROLE}; drop role ${ROLE}`);
});

/** Runs a migration with this statement, and returns what the next one finds of its session. */
async function afterwards(statement: string, statics: readonly string[] = []) {
  await using folder = await makeMigrationFolder({
    M1_sets: migrationSource({ up: [statement], statics }),
    M2_looks: migrationSource({
      up: [
        `create table found as select current_user::text as "user", session_user::text as login,
           current_setting('session_replication_role') as replication, current_setting('search_path') as path,
           current_setting('statement_timeout') as statement_timeout, current_setting('lock_timeout') as lock_timeout,
           current_setting('default_transaction_read_only') as read_only, current_setting('TimeZone') as zone,
           current_setting('client_connection_check_interval') as watched,
           to_regclass('pg_temp.scratch')::text as scratch`,
      ],
    }),
  });
  await using opened = openQuietMigrator(database.url, folder.path, { lockTimeoutMs: 1_500 });
  expect(await opened.migrator.up()).toHaveLength(2);
  const [found] = await connection.query('select * from found');
  const [ours] = await opened.orm.driver.execute<object[]>('select current_user::text as "user"');
  return { ...found, ours };
}

const SETS = [
  'set session_replication_role = replica',
  `set role ${ROLE}`,
  `set session authorization ${ROLE}`,
  'set search_path = pg_catalog',
  "set statement_timeout = '50ms'",
  'set lock_timeout = 0',
  'set default_transaction_read_only = on',
  "set timezone = 'Asia/Tokyo'",
  'set client_connection_check_interval = 0',
  'create temporary table scratch (id int)',
];

describe('a migration', () => {
  /** What it finds after one that leaves its session alone. */
  let clean: Awaited<ReturnType<typeof afterwards>>;

  beforeAll(async () => {
    clean = await afterwards('select 1');
  });

  it.each([
    ...SETS.map((statement) => ({ statement, way: 'in its transaction', statics: [] })),
    ...SETS.map((statement) => ({ statement, way: 'outside of one', statics: ALONE })),
  ])('finds nothing of "$statement", which the one before it did $way', async ({ statement, statics }) => {
    const found = await afterwards(statement, statics);

    expect(found).toEqual(clean);
    expect(found).toMatchObject({
      replication: 'origin',
      lock_timeout: '1500ms',
      zone: 'UTC',
      scratch: null,
    });
  });
});
