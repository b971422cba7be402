/** What is generated runs on a table with rows, there and back and there again, and makes what the records say. */
import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSchema } from '../../../src/migrator/inspect/drift/compare-schema.ts';
import { openSchemaReader } from '../../../src/migrator/inspect/drift/read-schema.ts';
import { lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { accounts, orders } from './records.ts';
import { EMPTY_SCHEMA, makePlayground, migrationsAfter, openRecords, runMigrations } from './playground.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { SchemaReader } from '../../../src/migrator/inspect/drift/read-schema.ts';
import type { Records } from './playground.ts';
import type { RenameDecisions } from '../../../src/migrator/author/make/renames.ts';

interface Case {
  readonly what: string;
  readonly before: Records;
  readonly after: Records;
  /** The files, without their moments and the common name. */
  readonly files: readonly string[];
  readonly renames?: RenameDecisions;
  /** Columns of the rows that are there; `id` and `units` always are. */
  readonly row?: Readonly<Record<string, string>>;
  /** What a row of the new version holds, also where the old rules would not have it. */
  readonly newRow?: Readonly<Record<string, string>>;
  /** Values for rows that have none. */
  readonly fills?: readonly string[];
  /** How the schema differs from before when it was taken back, because rows were lost. */
  readonly leftAfterDown?: readonly string[];
}

const account = () => p.manyToOne(accounts).deleteRule('cascade').nullable();
const sides = (...values: string[]) => p.enum(values);

const cases: Case[] = [
  {
    what: 'a column that may be null',
    before: orders({}),
    after: orders({ note: p.string().nullable() }),
    files: [''],
  },
  {
    what: 'a required column with a default',
    before: orders({}),
    after: orders({ note: p.string().default('none') }),
    files: [''],
  },
  {
    what: 'a table, with a key to one that is there',
    before: [accounts],
    after: orders({ account: account().index() }),
    files: [''],
  },
  {
    what: 'an index',
    before: orders({}),
    after: orders({ units: p.integer().index() }),
    files: [''],
  },
  {
    what: 'a column, an index on it, and an index on another',
    before: orders({}),
    after: orders({ units: p.integer().index(), note: p.string().nullable().index() }),
    files: ['', '_index_1', '_index_2'],
  },
  {
    what: 'a unique constraint',
    before: orders({}),
    after: orders({ units: p.integer().unique() }),
    files: ['_contract_index', '_contract_unique'],
  },
  {
    what: 'a unique constraint on a column that comes with it',
    before: orders({}),
    after: orders({ code: p.string().nullable().unique() }),
    files: ['', '_index', '_unique'],
  },
  {
    what: 'a unique constraint on a column with a default that comes with it',
    before: orders({}),
    after: orders({ code: p.string().default('x') }, { uniques: [{ properties: ['units', 'code'] }] }),
    files: ['', '_contract_index', '_contract_unique'],
  },
  {
    what: 'a unique constraint that goes',
    before: orders({ units: p.integer().unique() }),
    after: orders({}),
    newRow: { units: '1' },
    files: [''],
  },
  {
    what: 'a unique index that goes',
    before: orders(
      {},
      {
        indexes: [
          {
            name: 'orders_units',
            properties: ['units'],
            expression: 'create unique index orders_units on orders (units) where units > 0',
          },
        ],
      },
    ),
    after: orders({}),
    newRow: { units: '1' },
    files: [''],
  },
  {
    what: 'a foreign key on a column that is there',
    before: orders({ accountId: p.integer().nullable().index() }),
    after: orders({ account: account().index() }),
    row: { account_id: '1' },
    files: ['_contract', '_contract_validate'],
  },
  {
    what: 'a foreign key that goes',
    before: orders({ account: account().index() }),
    after: orders({ accountId: p.integer().nullable().index() }),
    newRow: { account_id: '77' },
    files: [''],
  },
  {
    what: 'a required column that is filled from others, which go',
    before: orders({ first: p.string(), last: p.string().nullable() }),
    after: orders({ name: p.string().length(200) }),
    row: { first: `'Ada'`, last: `'L'` },
    newRow: { name: `'Grace'` },
    renames: { declared: [], deniesOthers: true },
    fills: [`orders.name=concat_ws(' ', "first", "last")`],
    files: ['', '_copy', '_not_null_check', '_not_null_validate', '_not_null', '_contract'],
    leftAfterDown: ['orders.first may be null; it must not be null'],
  },
  {
    what: 'a required column with a default that differs from row to row',
    before: orders({}),
    after: orders({ token: p.uuid().defaultRaw('gen_random_uuid()') }),
    fills: ['orders.token=gen_random_uuid()'],
    files: ['', '_copy', '_not_null_check', '_not_null_validate', '_not_null'],
  },
  {
    what: 'a column that is filled and required from now on',
    before: orders({ note: p.string().nullable() }),
    after: orders({ note: p.string() }),
    fills: [`orders.note='none'`],
    newRow: { note: `'some'` },
    files: ['', '_copy', '_not_null_check', '_not_null_validate', '_not_null'],
  },
  {
    what: 'a larger whole number',
    before: orders({ size: p.integer().default(5), count: p.smallint().nullable() }),
    after: orders({ size: p.bigint().default(6), count: p.integer().nullable() }),
    row: { count: '2' },
    files: ['', '_not_null_check', '_not_null_validate', '_not_null', '_contract'],
  },
  {
    what: 'a number with more digits after the point',
    before: orders({ price: p.decimal().precision(10).scale(2) }),
    after: orders({ price: p.decimal().precision(14).scale(4) }),
    row: { price: '1.25' },
    newRow: { price: '1.5' },
    files: ['', '_not_null_check', '_not_null_validate', '_not_null', '_contract'],
  },
  {
    what: 'a foreign key in a column of its own',
    before: orders({}),
    after: orders({ account: account().index() }),
    files: ['', '_index', '_validate'],
  },
  {
    what: 'a check',
    before: orders({}),
    after: orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
    files: ['_contract', '_contract_validate'],
  },
  {
    what: 'a check of a column that comes with it',
    before: orders({}),
    after: orders(
      { size: p.integer().default(1) },
      { checks: [{ name: 'orders_size_check', expression: 'size > 0' }] },
    ),
    files: ['', '_validate'],
  },
  {
    what: 'a check that changes',
    before: orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
    after: orders({}, { checks: [{ name: 'orders_units_check', expression: 'units >= 0' }] }),
    newRow: { units: '0' },
    files: ['', '_validate', '_contract', '_contract_validate'],
  },
  {
    what: 'a check that changes with a column that goes',
    before: orders(
      { note: p.string().nullable() },
      { checks: [{ name: 'orders_units_check', expression: 'units > 0 or note is not null' }] },
    ),
    after: orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
    files: ['', '_validate', '_contract', '_contract_validate'],
  },
  {
    what: 'a value of an enum that takes the place of another',
    before: orders({ side: sides('buy', 'sell').nullable() }),
    after: orders({ side: sides('buy', 'short').nullable() }),
    newRow: { side: `'short'` },
    files: ['', '_validate', '_contract', '_contract_validate'],
  },
  {
    what: 'a check that goes',
    before: orders({}, { checks: [{ name: 'orders_units_check', expression: 'units > 0' }] }),
    after: orders({}),
    newRow: { units: '-1' },
    files: [''],
  },
  {
    what: 'more values of an enum',
    before: orders({ side: sides('buy').nullable() }),
    after: orders({ side: sides('buy', 'sell').nullable() }),
    newRow: { side: `'sell'` },
    files: ['', '_validate'],
  },
  {
    what: 'fewer values of an enum',
    before: orders({ side: sides('buy', 'sell').nullable() }),
    after: orders({ side: sides('buy').nullable() }),
    files: ['_contract', '_contract_validate'],
  },
  {
    what: 'a column that is required from now on',
    before: orders({ note: p.string().nullable() }),
    after: orders({ note: p.string() }),
    row: { note: `'some'` },
    newRow: { note: `'some'` },
    files: ['_not_null_check', '_not_null_validate', '_not_null'],
  },
  {
    what: 'a column that is not required any more',
    before: orders({ note: p.string() }),
    after: orders({ note: p.string().nullable() }),
    row: { note: `'some'` },
    files: [''],
  },
  {
    what: 'a required column that goes',
    before: orders({ note: p.string().index() }),
    after: orders({}),
    row: { note: `'some'` },
    files: ['', '_contract'],
    leftAfterDown: ['orders.note may be null; it must not be null'],
  },
  {
    what: 'a column with a default, a unique rule, a check and a key that goes',
    before: orders(
      { account: account().unique(), flag: p.boolean().default(true) },
      { checks: [{ name: 'orders_flag_check', expression: 'flag or account_id is null' }] },
    ),
    after: orders({}),
    files: ['', '_contract'],
  },
  {
    what: 'an index that goes',
    before: orders({ units: p.integer().index() }),
    after: orders({}),
    files: [''],
  },
  {
    what: 'a partial index on a column that goes',
    before: orders(
      { note: p.string().nullable() },
      { indexes: [{ name: 'orders_noted', properties: ['units'], where: 'note is not null' }] },
    ),
    after: orders({}),
    files: [''],
  },
  {
    what: 'an index that gets another name',
    before: orders({}, { indexes: [{ name: 'orders_units', properties: ['units'] }] }),
    after: orders({}, { indexes: [{ name: 'orders_by_units', properties: ['units'] }] }),
    files: [''],
  },
  {
    what: 'another rule of a foreign key',
    before: orders({ account: account().index() }),
    after: orders({ account: account().index().deleteRule('set null') }),
    files: ['', '_validate'],
  },
  {
    what: 'a wider type',
    before: orders({ note: p.string().length(20).default('x') }),
    after: orders({ note: p.string().length(40).default('x') }),
    files: [''],
  },
  {
    what: 'a narrower type',
    before: orders({ note: p.string().length(100).nullable() }),
    after: orders({ note: p.string().length(40).nullable() }),
    row: { note: `'some'` },
    files: [''],
  },
  {
    what: 'another type and default',
    before: orders({ size: p.string().length(9).default('1') }),
    after: orders({ size: p.bigint().default(2) }),
    files: [''],
  },
  {
    what: 'a default that comes and one that goes',
    before: orders({ note: p.string().default('x'), size: p.integer().nullable() }),
    after: orders({ note: p.string(), size: p.integer().nullable().default(4) }),
    newRow: { note: `'y'` },
    files: ['', '_contract'],
  },
  {
    what: 'a table that goes while another loses its key to it',
    before: orders({ account: account() }),
    after: [
      defineEntity({
        name: 'Order',
        tableName: 'orders',
        properties: { id: p.integer().primary(), units: p.integer() },
      }),
    ],
    files: [''],
  },
  {
    what: 'a column with another name, its index and its rule',
    before: orders({ remark: p.string().length(30).index() }),
    after: orders({ note: p.string().length(30).index() }),
    row: { remark: `'some'` },
    newRow: { note: `'new'` },
    renames: { declared: ['orders.remark:note'], deniesOthers: false },
    files: ['', '_copy', '_index', '_not_null_check', '_not_null_validate', '_not_null', '_contract'],
  },
  {
    what: 'two columns that become one of another type',
    before: orders({ first: p.string().length(20).nullable(), last: p.string().length(20).nullable() }),
    after: orders({ whole: p.string().length(41).nullable() }),
    row: { first: `'some'`, last: `'one'` },
    newRow: { whole: `'new'` },
    fills: [`orders.whole=concat_ws(' ', first, last)`],
    files: ['', '_copy', '_contract'],
  },
  {
    what: 'a column with a very long name that gets another, and its index',
    before: orders({ theRemarkThatSomebodyHasMadeAboutIt: p.string().length(30).index() }),
    after: orders({ theNoteThatSomebodyHasWrittenAboutTheOrder: p.string().length(30).index() }),
    row: { the_remark_that_somebody_has_made_about_it: `'some'` },
    newRow: { the_note_that_somebody_has_written_about_the_order: `'new'` },
    renames: {
      declared: [
        'the_remark_that_somebody_has_made_about_it:the_note_that_somebody_has_written_about_the_order',
      ],
      deniesOthers: false,
    },
    files: ['', '_copy', '_index', '_not_null_check', '_not_null_validate', '_not_null', '_contract'],
  },
];

describe('a generated change', () => {
  let database: TestDatabase;
  /** One of each for all cases: connecting costs more than most of what is run. */
  let connection: PlainConnection;
  let schema: SchemaReader;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    connection = openPlainConnection(database.url);
    schema = openSchemaReader(database.url);
  });

  afterAll(async () => {
    await schema.close();
    await connection.close();
    await database.drop();
  });

  async function run(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await connection.query(statement);
  }

  it.each(cases)('of $what', async (example) => {
    const { before, after, files, renames, fills, row = {}, newRow = {} } = example;
    const { leftAfterDown = [] } = example;
    await using playground = await makePlayground();
    await run(EMPTY_SCHEMA);
    const { folder } = playground;
    await playground.make(before, 'first');
    await runMigrations(connection, 'up', await migrationsAfter(folder, 0));
    const columns = { id: 'n', units: 'n', ...row };
    const hasOrders = before.some(({ meta }) => meta.tableName === 'orders');
    await run([
      `insert into accounts select n, 'code ' || n from generate_series(1, 3) n`,
      ...(hasOrders
        ? [
            `insert into orders (${Object.keys(columns).join()}) select ${Object.values(columns).join()} from generate_series(1, 3) n`,
          ]
        : []),
    ]);
    const was = await schema.read();

    await playground.make(after, 'second', {
      ...(renames !== undefined && { renames }),
      ...(fills !== undefined && { fills }),
    });

    const made = await migrationsAfter(folder, 1);
    expect((await playground.names()).slice(1)).toEqual(
      files.map((file) => (files.length === 1 ? 'second' : `second${file}`)),
    );
    expect(await playground.make(after, 'third')).toEqual([]);
    const findings = await lintMigrations({ folder, names: made.map(({ name }) => name) });
    expect(findings).toEqual([]);
    await runMigrations(connection, 'up', made);
    await using orm = openRecords(after, folder, database.url);
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    const whatTheRecordsSay = await schema.read();
    await runMigrations(connection, 'down', made.toReversed());
    expect(compareSchema(was, await schema.read()).map(({ sentence }) => sentence)).toEqual(leftAfterDown);
    await runMigrations(connection, 'up', made);
    expect(compareSchema(whatTheRecordsSay, await schema.read())).toEqual([]);
    const table = after.find(({ meta }) => meta.className === 'Order')?.meta.tableName;
    const written = { id: '9', units: '9', ...newRow };
    if (table !== undefined)
      await run([
        `insert into ${table} (${Object.keys(written).join()}) values (${Object.values(written).join()})`,
      ]);
    const all = await migrationsAfter(folder, 0);
    await runMigrations(connection, 'down', all.toReversed());
    const left = (await schema.read()).filter((each) => /orders|accounts/.test(JSON.stringify(each)));
    expect(left).toEqual([]);
  });
});
