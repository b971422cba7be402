/** Two columns of one fact while old and new versions of the server write: neither may miss what the other wrote. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { changeTypeOnline, renameColumnOnline } from '../../../src/migrator/author/recipes/replace-column.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;

const run = async (statements: readonly string[]): Promise<void> => {
  for (const sql of statements) await connection.query(sql);
};
const rows = (columns: string) => connection.query(`select id, ${columns} from parcels order by id`);

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

beforeEach(() =>
  run([
    'drop table if exists parcels',
    'drop function if exists parcels_remark_sync, parcels_weight_next_sync',
    'delete from backfill_jobs',
    `create table parcels (id int primary key, note text not null default 'none', weight int)`,
    `insert into parcels values (1, 'first', 10), (2, 'second', null)`,
  ]),
);

describe('renameColumnOnline between its two migrations', () => {
  const { expand, contract } = renameColumnOnline({
    table: 'parcels',
    column: 'note',
    newName: 'remark',
    type: 'text',
    isRequired: true,
    defaultSql: `'none'`,
  });

  beforeEach(() => run(expand.up));

  const WRITES = [
    ['the old version adds a row', `insert into parcels (id, note) values (3, 'a')`, 'a'],
    ['the old version adds a row without it', 'insert into parcels (id) values (3)', 'none'],
    ['the new version adds a row', `insert into parcels (id, remark) values (3, 'b')`, 'b'],
    [
      'a version that knows both adds a row',
      `insert into parcels (id, note, remark) values (3, 'a', 'b')`,
      'b',
    ],
    ['the old version changes a row', `update parcels set note = 'a' where id = 1`, 'a'],
    ['the new version changes a row', `update parcels set remark = 'b' where id = 1`, 'b'],
    ['both are changed in one statement', `update parcels set note = 'a', remark = 'b' where id = 1`, 'b'],
    [
      'the old version adds or changes a row',
      `insert into parcels (id, note) values (1, 'c') on conflict (id) do update set note = excluded.note`,
      'c',
    ],
    [
      'the new version adds or changes a row',
      `insert into parcels (id, remark) values (1, 'c') on conflict (id) do update set remark = excluded.remark`,
      'c',
    ],
  ] as const;

  it.each(WRITES)('holds the same in both columns when %s', async (_who, sql, value) => {
    await connection.query(sql);

    const [row] = await connection.query(
      'select note, remark from parcels where id in (1, 3) order by id desc',
    );
    expect(row).toEqual({ note: value, remark: value });
  });

  it('continues changing rows in either direction after they were filled', async () => {
    await run([
      'update parcels set remark = note where remark is null',
      `update parcels set remark = 'b' where id = 1`,
      `update parcels set note = 'a' where id = 2`,
      `update parcels set note = 'd' where id = 1`,
    ]);

    expect(await rows('note, remark')).toEqual([
      { id: 1, note: 'd', remark: 'd' },
      { id: 2, note: 'a', remark: 'a' },
    ]);
  });

  it('does not let the new version write what the old one may not have', async () => {
    await run(['update parcels set remark = note where remark is null']);

    await expect(connection.query('update parcels set remark = null where id = 1')).rejects.toThrow(
      'not-null',
    );
  });

  it('loses nothing in its contract, even of rows that no backfill has seen', async () => {
    await run(contract.up);

    expect(await rows('remark')).toEqual([
      { id: 1, remark: 'first' },
      { id: 2, remark: 'second' },
    ]);
    await connection.query('insert into parcels (id) values (3)');
    expect((await rows('remark'))[2]).toEqual({ id: 3, remark: 'none' });
    expect(await connection.query('select state from backfill_jobs')).toEqual([{ state: 'done' }]);
  });

  it('has everything in the old column again after the way back, and keeps both in step', async () => {
    await run([...contract.up, `insert into parcels (id, remark) values (3, 'third')`, ...contract.down]);

    await connection.query(`update parcels set note = 'a' where id = 3`);

    expect(await rows('note, remark')).toEqual([
      { id: 1, note: 'first', remark: 'first' },
      { id: 2, note: 'second', remark: 'second' },
      { id: 3, note: 'a', remark: 'a' },
    ]);
    await run(expand.down);
    expect(await rows('note')).toHaveLength(3);
  });
});

describe('changeTypeOnline', () => {
  const { expand, contract } = changeTypeOnline({
    table: 'parcels',
    column: 'weight',
    type: 'int',
    newType: 'numeric(10,2)',
  });

  it('keeps what only the new type can hold, through backfill and contract', async () => {
    await run(expand.up);
    await run([
      'insert into parcels (id, weight_next) values (3, 1.50)',
      'insert into parcels (id, weight) values (4, 7)',
    ]);
    expect((await rows('weight, weight_next')).slice(2)).toEqual([
      { id: 3, weight: 2, weight_next: '1.50' },
      { id: 4, weight: 7, weight_next: '7.00' },
    ]);

    await run(contract.up);

    expect(await rows('weight')).toEqual([
      { id: 1, weight: '10.00' },
      { id: 2, weight: null },
      { id: 3, weight: '1.50' },
      { id: 4, weight: '7.00' },
    ]);
  });

  it('keeps what only the old type can hold: filling the new column does not write back', async () => {
    const halves = changeTypeOnline({
      table: 'parcels',
      column: 'weight',
      type: 'int',
      newType: 'int',
      forward: (value) => `${value} / 3`,
      back: (value) => `${value} * 3`,
    });
    await run(halves.expand.up);

    await run(['update parcels set weight_next = weight / 3 where weight_next is null']);

    expect(await rows('weight, weight_next')).toEqual([
      { id: 1, weight: 10, weight_next: 3 },
      { id: 2, weight: null, weight_next: null },
    ]);
  });

  it('refuses the write whose value does not fit the other type', async () => {
    await run(expand.up);

    await expect(
      connection.query('update parcels set weight_next = 99999999.00 * 100 where id = 1'),
    ).rejects.toThrow('overflow');
  });

  it('comes back with the old type and its values', async () => {
    await run([...expand.up, ...contract.up, ...contract.down, ...expand.down]);

    expect(await rows('weight')).toEqual([
      { id: 1, weight: 10 },
      { id: 2, weight: null },
    ]);
  });
});
