/** Between an expand and its contract an old and a new version of the server work on the same rows. */
import { p } from '@mikro-orm/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { EMPTY_SCHEMA, makePlayground, migrationsAfter, runMigrations } from './playground.ts';
import { orders } from './records.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { LoadedMigration } from '../../../src/migrator/run/state/load-migrations.ts';
import type { Playground, Records } from './playground.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let connection: PlainConnection;
let playground: Playground;
let made: LoadedMigration[];

beforeAll(async () => {
  database = await createEmptyDatabase();
  connection = openPlainConnection(database.url);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

beforeEach(async () => {
  playground = await makePlayground();
  for (const statement of EMPTY_SCHEMA) await connection.query(statement);
});

afterEach(() => playground[Symbol.asyncDispose]());

async function change(
  before: Records,
  after: Records,
  insert: string,
  declared: string[] = [],
  fills: string[] = [],
): Promise<void> {
  await playground.make(before, 'first');
  await runMigrations(connection, 'up', await migrationsAfter(playground.folder, 0));
  await connection.query(insert);
  const renames = { declared, deniesOthers: declared.length === 0 };
  await playground.make(after, 'second', { renames, fills });
  made = await migrationsAfter(playground.folder, 1);
}

const contracts = () => made.filter(({ phase }) => phase === 'contract');
const others = () => made.filter(({ phase }) => phase !== 'contract');
const go = (direction: 'up' | 'down', migrations: readonly LoadedMigration[]) =>
  runMigrations(connection, direction, direction === 'up' ? migrations : migrations.toReversed());

describe('a column that gets another name', () => {
  beforeEach(() =>
    change(
      orders({ phone: p.string() }),
      orders({ mobile: p.string() }),
      `insert into orders (id, units, phone) values (1, 1, 'a'), (2, 2, 'b')`,
      ['orders.phone:mobile'],
    ),
  );

  it('keeps its rows, and both names say the same anyone who writes', async () => {
    await go('up', others());

    await connection.query(`insert into orders (id, units, phone) values (3, 3, 'old')`);
    await connection.query(`insert into orders (id, units, mobile) values (4, 4, 'new')`);
    await connection.query(`update orders set phone = 'a by old' where id = 1`);
    await connection.query(`update orders set mobile = 'b by new' where id = 2`);

    const rows = await connection.query('select phone, mobile from orders order by id');
    expect(rows.map(({ mobile }) => mobile)).toEqual(['a by old', 'b by new', 'old', 'new']);
    expect(rows.map(({ phone }) => phone)).toEqual(rows.map(({ mobile }) => mobile));
  });

  it('keeps its rows past the contract and on the way back', async () => {
    await go('up', made);
    await connection.query(`insert into orders (id, units, mobile) values (3, 3, 'c')`);
    await expect(connection.query('insert into orders (id, units) values (4, 4)')).rejects.toThrow(/null/);

    await go('down', made);

    expect(await connection.query('select * from orders order by id')).toEqual([
      { id: 1, units: 1, phone: 'a' },
      { id: 2, units: 2, phone: 'b' },
      { id: 3, units: 3, phone: 'c' },
    ]);
  });
});

describe('a required column that goes', () => {
  it('is left out by the new version at once, and comes back as far as the rows allow', async () => {
    await change(
      orders({ note: p.string() }),
      orders(),
      `insert into orders (id, units, note) values (1, 1, 'kept')`,
    );
    await go('up', others());

    await connection.query('insert into orders (id, units) values (2, 2)');
    await go('down', others());

    await connection.query('insert into orders (id, units) values (3, 3)');
    expect(await connection.query('select note from orders where id = 1')).toEqual([{ note: 'kept' }]);
  });

  it('is required again when every row still has it', async () => {
    await change(
      orders({ note: p.string() }),
      orders(),
      `insert into orders (id, units, note) values (1, 1, 'kept')`,
    );

    await go('up', others());
    await go('down', others());

    await expect(connection.query('insert into orders (id, units) values (2, 2)')).rejects.toThrow(/null/);
  });
});

describe('a value that takes the place of another', () => {
  it('is written by the new version before the contract, and the old one by the old version', async () => {
    await change(
      orders({ side: p.enum(['buy', 'sell']) }),
      orders({ side: p.enum(['buy', 'short']) }),
      `insert into orders (id, units, side) values (1, 1, 'sell')`,
    );
    await go('up', others());

    await connection.query(`insert into orders (id, units, side) values (2, 2, 'short')`);
    await connection.query(`insert into orders (id, units, side) values (3, 3, 'sell')`);
    await expect(
      connection.query(`insert into orders (id, units, side) values (4, 4, 'hold')`),
    ).rejects.toThrow(/orders_side_check/);
    await connection.query(`update orders set side = 'short' where side = 'sell'`);
    await go('up', contracts());

    await expect(
      connection.query(`insert into orders (id, units, side) values (5, 5, 'sell')`),
    ).rejects.toThrow(/orders_side_check/);
  });
});

describe('a rule that the old version does not know', () => {
  it('does not stop it before the contract', async () => {
    await change(
      orders(),
      orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
      'insert into orders (id, units) values (1, 1)',
    );

    await go('up', others());

    await connection.query('insert into orders (id, units) values (2, -1)');
    expect(contracts()).toHaveLength(2);
  });
});

describe('a unique rule on a column in use', () => {
  it('lets the old version write doubles before the contract, and is refused over them', async () => {
    await change(
      orders(),
      orders({ units: p.integer().unique() }),
      'insert into orders (id, units) values (1, 1)',
    );
    await go('up', others());

    await connection.query('insert into orders (id, units) values (2, 1)');

    await expect(go('up', contracts())).rejects.toThrow(/Key \(units\)=\(1\) is duplicated/);
    await connection.query('update orders set units = id');
    await connection.query('drop index orders_units_unique');
    await go('up', contracts());
    await expect(connection.query('insert into orders (id, units) values (3, 1)')).rejects.toThrow(/unique/);
  });
});

describe('a required column that is filled from others, which go', () => {
  beforeEach(() =>
    change(
      orders({ first: p.string(), last: p.string().nullable() }),
      orders({ name: p.string() }),
      `insert into orders (id, units, first, last) values (1, 1, 'Ada', 'L'), (2, 2, 'Bob', null)`,
      [],
      [`orders.name=concat_ws(' ', first, last)`],
    ),
  );

  const names = async () =>
    (await connection.query('select name from orders order by id')).map(({ name }) => name);

  it('has a value in every row, whichever version writes', async () => {
    await go('up', others());

    await connection.query(`insert into orders (id, units, first) values (3, 3, 'Old')`);
    await connection.query(`insert into orders (id, units, name) values (4, 4, 'New')`);
    await connection.query(`update orders set last = 'M' where id = 2`);
    await connection.query(`update orders set name = 'By new', units = 9 where id = 1`);
    await connection.query(`update orders set units = 8 where id = 1`);

    expect(await names()).toEqual(['By new', 'Bob M', 'Old', 'New']);
    await go('up', contracts());
    expect(await names()).toEqual(['By new', 'Bob M', 'Old', 'New']);
    await expect(connection.query('insert into orders (id, units) values (5, 5)')).rejects.toThrow(/null/);
  });

  it('waits with its contract for the backfill', async () => {
    const [backfill] = await connection.query('select * from backfill_jobs');
    expect(backfill).toBeUndefined();
    await go('up', others());

    expect(contracts()[0]?.backfills).toEqual(['orders.name']);
    expect(await connection.query('select name, state from backfill_jobs')).toEqual([
      { name: 'orders.name', state: 'pending' },
    ]);
  });
});

describe('a whole number that becomes a larger one', () => {
  it('is written by both versions, and holds large ones after the contract', async () => {
    await change(
      orders({ size: p.integer() }),
      orders({ size: p.bigint() }),
      'insert into orders (id, units, size) values (1, 1, 1)',
    );
    await go('up', others());

    await connection.query('insert into orders (id, units, size) values (2, 2, 2)');
    await connection.query('update orders set size = 7 where id = 1');
    await go('up', contracts());
    await connection.query('insert into orders (id, units, size) values (3, 3, 3000000000)');

    expect(await connection.query('select size::text from orders order by id')).toEqual([
      { size: '7' },
      { size: '2' },
      { size: '3000000000' },
    ]);
    expect(contracts().at(-1)?.backfills).toEqual(['orders.size_next']);
  });
});

describe('a constraint for a table with rows', () => {
  it('holds for new rows at once and fails for old ones in a migration of its own', async () => {
    await change(
      orders(),
      orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
      'insert into orders (id, units) values (1, -1)',
    );
    const [add, validate] = made;
    await go('up', add ? [add] : []);

    await expect(connection.query('insert into orders (id, units) values (2, -1)')).rejects.toThrow(
      /orders_units_check/,
    );
    await expect(go('up', validate ? [validate] : [])).rejects.toThrow(/orders_units_check/);
    await connection.query('rollback');
    await connection.query('update orders set units = 1');
    await go('up', validate ? [validate] : []);
  });
});
