/** Every recipe on a table with rows: what it does, that it goes back and comes again, and what it refuses. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import {
  cancelBackfill,
  finishBackfill,
  startBackfill,
} from '../../../src/migrator/author/recipes/backfill.ts';
import { addCheckOnline, addForeignKeyOnline } from '../../../src/migrator/author/recipes/constraints.ts';
import {
  addUniqueOnline,
  createIndexConcurrently,
  dropIndexConcurrently,
} from '../../../src/migrator/author/recipes/indexes.ts';
import { setNotNullOnline } from '../../../src/migrator/author/recipes/not-null.ts';
import { changeTypeOnline, renameColumnOnline } from '../../../src/migrator/author/recipes/replace-column.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { Step } from '../../../src/migrator/run/connect/sql-text.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;

const run = async (statements: readonly string[]): Promise<void> => {
  for (const sql of statements) await connection.query(sql);
};

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
    `drop table if exists "Odd ""Parcels""" , places`,
    `delete from backfill_jobs`,
    `create table places (id int primary key)`,
    `insert into places values (1), (2)`,
    // A name with everything in it that quoting has to withstand.
    `create table "Odd ""Parcels""" (id int primary key, "the Note" text not null default 'none', place int, weight int)`,
    `create index old_index on "Odd ""Parcels""" (weight)`,
    `insert into "Odd ""Parcels""" values (1, 'first', 1, 10), (2, 'second', 2, null), (3, 'third', null, 30)`,
  ]),
);

const table = 'Odd "Parcels"';
const TABLE = '"Odd ""Parcels"""';

/** What the catalogue knows of the table, in words that can be compared. */
async function schema(): Promise<unknown> {
  return connection.query(`
    select 'column' as what, attname as name, format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as definition
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = '${TABLE}'::regclass and attnum > 0 and not attisdropped
    union all
    -- PostgreSQL 18 lists what is not null among the constraints too, by a name that follows no rename.
    select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint
      where conrelid = '${TABLE}'::regclass and contype <> 'n'
    union all
    select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisvalid from pg_index
      where indrelid = '${TABLE}'::regclass
    union all
    select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger
      where tgrelid = '${TABLE}'::regclass and not tgisinternal
    union all
    select 'function', proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select 'backfill', name, condition from backfill_jobs
    order by 1, 2`);
}

const notNull = setNotNullOnline({ table, column: 'place' });
const check = addCheckOnline({ table, name: 'weighs', check: 'weight > 0' });
const foreignKey = addForeignKeyOnline({
  table,
  columns: ['place'],
  referencedTable: 'places',
  referencedColumns: ['id'],
  onDelete: 'restrict',
});
const unique = addUniqueOnline({ table, columns: ['the Note'] });
const rename = renameColumnOnline({
  table,
  column: 'the Note',
  newName: 'remark',
  type: 'text',
  isRequired: true,
  defaultSql: `'none'`,
});
const retype = changeTypeOnline({ table, column: 'weight', type: 'int', newType: 'numeric(10,2)' });

/** The steps of each recipe, in the order in which migrations run them. */
const RECIPES: Readonly<Record<string, readonly Step[]>> = {
  setNotNullOnline: [
    { up: [`update ${TABLE} set place = 1 where place is null`], down: [] },
    notNull.check,
    notNull.validate,
    notNull.finish,
  ],
  addCheckOnline: [check.add, check.validate],
  addForeignKeyOnline: [foreignKey.add, foreignKey.validate],
  addUniqueOnline: [unique.index, unique.constraint],
  createIndexConcurrently: [
    createIndexConcurrently({
      table,
      columns: ['place', { sql: 'weight desc' }],
      name: 'some',
      where: 'id > 1',
    }),
  ],
  dropIndexConcurrently: [dropIndexConcurrently({ table, columns: ['weight'], name: 'old_index' })],
  renameColumnOnline: [rename.expand, rename.contract],
  // An index goes with its column: dropped before by its own recipe, there is a way back.
  changeTypeOnline: [
    retype.expand,
    dropIndexConcurrently({ table, columns: ['weight'], name: 'old_index' }),
    retype.contract,
  ],
};

describe('each recipe', () => {
  it.each(Object.entries(RECIPES))('%s goes up, back, and up again', async (_name, steps) => {
    const before = await schema();
    for (const { up } of steps) await run(up);
    const after = await schema();

    for (const { down } of steps.toReversed()) await run(down);
    const back = await schema();
    for (const { up } of steps) await run(up);

    expect(after).not.toEqual(before);
    expect(withoutOrder(back)).toEqual(withoutOrder(before));
    expect(withoutOrder(await schema())).toEqual(withoutOrder(after));
  });

  it('leaves the rows where they are: none of them rewrites the table', async () => {
    const file = () => connection.query(`select pg_relation_filenode('${TABLE}') as file`);
    const before = await file();

    for (const steps of Object.values(RECIPES)) {
      for (const { up } of steps) await run(up);
      for (const { down } of steps.toReversed()) await run(down);
    }

    expect(await file()).toEqual(before);
  });
});

/** Of PostgreSQL's table locks, strongest first. */
const BY_STRENGTH = [
  'AccessExclusiveLock',
  'ExclusiveLock',
  'ShareRowExclusiveLock',
  'ShareLock',
  'ShareUpdateExclusiveLock',
  'RowExclusiveLock',
  'RowShareLock',
  'AccessShareLock',
];

describe('the locks of a step', () => {
  const strongest = async (statements: readonly string[]): Promise<unknown> => {
    await connection.query('begin');
    try {
      await run(statements);
      const held = await connection.query(
        `select mode from pg_locks where pid = pg_backend_pid() and relation = '${TABLE}'::regclass`,
      );
      return BY_STRENGTH.find((mode) => held.some((each) => each['mode'] === mode));
    } finally {
      await connection.query('rollback');
    }
  };

  it.each([
    ['setNotNullOnline, check', [], notNull.check, 'AccessExclusiveLock'],
    ['setNotNullOnline, finish', [], notNull.finish, 'AccessExclusiveLock'],
    ['addForeignKeyOnline, add', [], foreignKey.add, 'ShareRowExclusiveLock'],
    ['addForeignKeyOnline, validate', [foreignKey.add], foreignKey.validate, 'ShareUpdateExclusiveLock'],
    ['addCheckOnline, validate', [check.add], check.validate, 'ShareUpdateExclusiveLock'],
    [
      'startBackfill',
      [],
      { up: startBackfill({ name: 'x', table, set: 'weight = 1', where: 'false' }), down: [] },
      'AccessShareLock',
    ],
  ] as const)('%s are what its comment says', async (_name, before, step, mode) => {
    await run([`update ${TABLE} set place = 1`, ...(step === notNull.finish ? notNull.check.up : [])]);
    for (const { up } of before) await run(up);

    expect(await strongest(step.up)).toBe(mode);
  });
});

/** A column that was dropped and added again is the last one; the order does not matter. */
function withoutOrder(rows: unknown): unknown {
  return Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)).toSorted() : rows;
}

describe('a rule that is added online', () => {
  const CASES = [
    ['setNotNullOnline', notNull.check, `(4, 'x', null, 1)`, 'violates check constraint'],
    ['addCheckOnline', check.add, `(4, 'x', 1, 0)`, 'violates check constraint'],
    ['addForeignKeyOnline', foreignKey.add, `(4, 'x', 3, 1)`, 'violates foreign key constraint'],
    ['addUniqueOnline', unique.index, `(4, 'first', 1, 1)`, 'duplicate key'],
  ] as const;

  it.each(CASES)('%s holds for new rows from its first step on', async (_name, { up }, row, refusal) => {
    await run(up);

    await expect(connection.query(`insert into ${TABLE} values ${row}`)).rejects.toThrow(refusal);
  });

  it('is refused by its second step where old rows break it, and the first one stays', async () => {
    await run(notNull.check.up);

    await expect(run(notNull.validate.up)).rejects.toThrow('is violated by some row');

    await expect(connection.query(`insert into ${TABLE} values (4, 'x', null, 1)`)).rejects.toThrow('check');
  });
});

describe('a recipe', () => {
  it.each(['', 'x'.repeat(64), 'a\0b'])('refuses the name %j, which PostgreSQL would not keep', (column) => {
    expect(() => setNotNullOnline({ table, column })).toThrow('is no name that PostgreSQL keeps');
  });

  it('requires a name for an index on an expression', () => {
    expect(() => createIndexConcurrently({ table, columns: [{ sql: 'lower(x)' }] })).toThrow('is no name');
  });
});

describe('startBackfill', () => {
  const backfill = {
    name: `it's \\ here`,
    table,
    set: `"the Note" = 'it''s'`,
    where: `"the Note" <> 'it''s'`,
  };
  const jobs = () =>
    connection.query('select name, table_name, key_column, assignment, condition, state from backfill_jobs');

  it('asks once, however often it runs, and can be taken back', async () => {
    await run([...startBackfill(backfill), ...startBackfill(backfill)]);

    const { name, set, where } = backfill;
    expect(await jobs()).toEqual([
      { name, table_name: table, key_column: 'id', assignment: set, condition: where, state: 'pending' },
    ]);
    await run(cancelBackfill(name));
    expect(await jobs()).toEqual([]);
  });

  it('asks again where what was done under the name was done long ago, or was something else', async () => {
    await run([...startBackfill(backfill), ...finishBackfill(backfill)]);
    await run(startBackfill(backfill));
    expect(await jobs()).toMatchObject([{ state: 'pending' }]);

    await run(startBackfill({ ...backfill, set: `"the Note" = 'other'` }));

    expect(await jobs()).toMatchObject([{ state: 'pending', assignment: `"the Note" = 'other'` }]);
  });

  it('is done at once where there is no row', async () => {
    await connection.query(`delete from ${TABLE}`);

    await run(startBackfill(backfill));

    expect(await jobs()).toMatchObject([{ state: 'done' }]);
  });

  it.each([
    ['table', { table: 'nowhere' }],
    ['key', { key: 'nothing' }],
  ])('fails at once when there is no such %s', async (_what, wrong) => {
    await expect(run(startBackfill({ ...backfill, ...wrong }))).rejects.toThrow('does not exist');
  });

  it('is finished by finishBackfill, whatever was left of it', async () => {
    await run(startBackfill(backfill));

    await run(finishBackfill(backfill));

    expect(await jobs()).toMatchObject([{ state: 'done' }]);
    expect(await connection.query(`select distinct "the Note" as note from ${TABLE}`)).toEqual([
      { note: `it's` },
    ]);
  });
});
