/** What keeps a contract from running, in every state of what it depends on. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contractObstacles } from '../../../src/migrator/run/plan/contract-gate.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import type { ManifestEntry } from '../../../src/migrator/run/state/manifest.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;

const NAME = 'Migration20300101000000_drop_note';
const OLDER = 'Migration20291231000000_add_remark';
const NEWER = 'Migration20300102000000_something_else';

const obstacles = (parts: Partial<ManifestEntry> = {}) =>
  contractObstacles(connection.query, {
    name: NAME,
    checksum: '',
    text: '',
    phase: 'contract',
    transactional: true,
    ...parts,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

beforeEach(async () => {
  for (const table of ['app_instances', 'backfill_jobs']) await connection.query(`delete from ${table}`);
});

describe('a contract without anything in its way', () => {
  it('may run', async () => {
    expect(await obstacles()).toEqual([]);
  });
});

describe('a backfill that a contract names', () => {
  const insert = (state: string, more = '') =>
    connection.query(
      `insert into backfill_jobs (name, table_name, assignment, condition, state, rows_done, rows_estimate, completed_at, error)
       values ('fill', 'orders', 'a = 1', 'a <> 1', '${state}', 5, 10, ${state === 'done' ? 'now()' : 'null'}, nullif('${more}', ''))`,
    );

  it.each([
    ['pending', '', 'backfill fill is pending after 5 of about 10 rows'],
    ['running', '', 'backfill fill is running after 5 of about 10 rows'],
    ['paused', '', 'backfill fill is paused after 5 of about 10 rows'],
    ['failed', 'no such column', 'backfill fill is failed after 5 of about 10 rows: no such column'],
  ])('is in the way while it is %s', async (state, error, sentence) => {
    await insert(state, error);

    expect(await obstacles({ backfills: ['fill'] })).toEqual([sentence]);
  });

  it('is an obstacle when it was not asked for', async () => {
    expect(await obstacles({ backfills: ['fill'] })).toEqual([
      'backfill fill has not been asked for; its migration may not be applied',
    ]);
  });

  it('is no obstacle when it is done, nor is one that it does not name', async () => {
    await insert('done');
    await connection.query(
      `insert into backfill_jobs (name, table_name, assignment, condition) values ('other', 'orders', 'a = 1', 'a <> 1')`,
    );

    expect(await obstacles({ backfills: ['fill'] })).toEqual([]);
  });
});

describe('a copy of the server', () => {
  const insert = (head: string, ago: string, stoppedAt = 'null') =>
    connection.query(
      `insert into app_instances (id, version, migrations_head, host, pid, last_seen_at, stopped_at)
       values (gen_random_uuid(), '0.9', '${head}', 'api-1', 7, now() - interval '${ago}', ${stoppedAt})`,
    );

  it('is an obstacle while it runs and does not know the contract', async () => {
    await insert(OLDER, '60 seconds');

    expect(await obstacles()).toEqual([
      `the server at api-1 (process 7, version 0.9) does not know it yet: its newest migration is ${OLDER}; it was seen 60 s ago`,
    ]);
  });

  it.each([
    ['knows the contract', NAME, '0 s', 'null'],
    ['knows more than it', NEWER, '0 s', 'null'],
    ['has stopped', OLDER, '0 s', 'now()'],
    ['was not seen for two minutes', OLDER, '121 seconds', 'null'],
  ])('is not when it %s', async (_what, head, ago, stoppedAt) => {
    await insert(head, ago, stoppedAt);

    expect(await obstacles()).toEqual([]);
  });
});

describe('a contract that another one needs', () => {
  it('is an obstacle as long as it is lacking', async () => {
    expect(await obstacles({ requires: [OLDER] })).toEqual([`${OLDER} comes before it and is not applied`]);
  });
});

describe('a database that is not there yet for all of this', () => {
  it('lets no contract run, because nothing is known', async () => {
    const empty = await createEmptyDatabase();
    const itsConnection = openPlainConnection(empty.url);
    try {
      const said = await contractObstacles(itsConnection.query, {
        name: NAME,
        checksum: '',
        text: '',
        phase: 'contract',
        transactional: true,
        backfills: ['fill'],
        requires: [OLDER],
      });

      expect(said).toEqual([
        `${OLDER} comes before it and is not applied`,
        'there is no table backfill_jobs that lists fill: run "manage db migrate"',
        'there is no table app_instances that lists the running copies of the server: run "manage db migrate"',
      ]);
    } finally {
      await itsConnection.close();
      await empty.drop();
    }
  });
});
