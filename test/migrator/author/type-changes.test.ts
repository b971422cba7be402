/** A change of type never cuts or rounds a value: what does not fit stops it, there and back, and is counted. */
import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lossesOf } from '../../../src/migrator/inspect/doctor/way-back.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { renderSql } from '../../../src/migrator/run/execute/render-sql.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { EMPTY_SCHEMA, makePlayground, migrationsAfter, runMigrations } from './playground.ts';
import { orders } from './records.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { LoadedMigration } from '../../../src/migrator/run/state/load-migrations.ts';
import type { Playground, Records } from './playground.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let connection: PlainConnection;
let playground: Playground;

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

/** Makes the change of `value` on a table whose rows hold the values, and returns its migrations. */
async function change(before: object, after: object, values: readonly string[]): Promise<LoadedMigration[]> {
  await playground.make(orders({ value: before }), 'first');
  await runMigrations(connection, 'up', await migrationsAfter(playground.folder, 0));
  for (const [index, value] of values.entries())
    await connection.query(`insert into orders (id, units, value) values (${index + 1}, 1, ${value})`);
  await playground.make(orders({ value: after }), 'second');
  return migrationsAfter(playground.folder, 1);
}

const valuesNow = async () =>
  (await connection.query('select value::text as value from orders order by id')).map(({ value }) => value);

const text = (length: number) => p.string().length(length).nullable();
const money = (precision: number, scale: number) => p.decimal().precision(precision).scale(scale).nullable();
const moment = (digits: number) => p.datetime().length(digits).nullable();
const long = `repeat('x', 30)`;

const losing: { what: string; before: object; after: object; fits: string; tooMuch: string }[] = [
  { what: 'a shorter text', before: text(40), after: text(20), fits: `'short'`, tooMuch: long },
  {
    what: 'a text that gets a limit',
    before: p.text().nullable(),
    after: text(20),
    fits: `'short'`,
    tooMuch: long,
  },
  {
    what: 'a text with spaces behind it',
    before: text(40),
    after: text(5),
    fits: `'a'`,
    tooMuch: `'a          '`,
  },
  {
    what: 'fewer digits after the point',
    before: money(20, 4),
    after: money(20, 2),
    fits: '1.25',
    tooMuch: '1.2345',
  },
  {
    what: 'fewer digits before the point',
    before: money(20, 4),
    after: money(6, 4),
    fits: '1.25',
    tooMuch: '12345',
  },
  {
    what: 'less exact moments',
    before: moment(6),
    after: moment(0),
    fits: `'2026-01-02 03:04:05Z'`,
    tooMuch: `'2026-01-02 03:04:05.678Z'`,
  },
  {
    what: 'a smaller whole number',
    before: p.bigint().nullable(),
    after: p.integer().nullable(),
    fits: '7',
    tooMuch: '3000000000',
  },
  {
    what: 'a double that becomes a whole number',
    before: p.double().nullable(),
    after: p.integer().nullable(),
    fits: '7',
    tooMuch: '7.5',
  },
  {
    what: 'a number that becomes a whole number',
    before: money(20, 4),
    after: p.bigint().nullable(),
    fits: '7',
    tooMuch: '7.5',
  },
  {
    what: 'a number that becomes a double',
    before: p.bigint().nullable(),
    after: p.double().nullable(),
    fits: '7',
    tooMuch: '9007199254740993',
  },
  {
    what: 'a text that becomes a number',
    before: text(40),
    after: p.integer().nullable(),
    fits: `'7'`,
    tooMuch: `'seven'`,
  },
  {
    what: 'a text that becomes a number and loses zeros',
    before: text(40),
    after: p.integer().nullable(),
    fits: `'7'`,
    tooMuch: `'007'`,
  },
  {
    what: 'a text that becomes a uuid',
    before: text(40),
    after: p.uuid().nullable(),
    fits: `'f81d4fae-7dec-41d0-a765-00a0c91e6bf6'`,
    tooMuch: `'nothing'`,
  },
  {
    what: 'a uuid that becomes a short text',
    before: p.uuid().nullable(),
    after: text(20),
    fits: 'null',
    tooMuch: 'gen_random_uuid()',
  },
  {
    what: 'a boolean that becomes a short text',
    before: p.boolean().nullable(),
    after: text(4),
    fits: 'true',
    tooMuch: 'false',
  },
  {
    what: 'a text that becomes a date',
    before: text(40),
    after: p.date().nullable(),
    fits: `'2026-01-02'`,
    tooMuch: `'2 January 2026'`,
  },
];

describe('a type that holds less', () => {
  it.each(losing)(
    'is refused for a value that does not fit: $what',
    async ({ before, after, fits, tooMuch }) => {
      const made = await change(before, after, [fits, tooMuch, tooMuch]);
      const was = await valuesNow();

      expect(made.map(({ phase }) => phase)).toEqual(['contract']);
      await expect(runMigrations(connection, 'up', made)).rejects.toThrow(
        /2 values of orders\.value do not fit .*row with \(id\) = \(2\)/,
      );
      expect(await valuesNow()).toEqual(was);
    },
  );

  it.each(losing)(
    'is done, and taken back, where every value fits: $what',
    async ({ before, after, fits }) => {
      const made = await change(before, after, [fits, 'null']);
      const was = await valuesNow();

      await runMigrations(connection, 'up', made);
      await runMigrations(connection, 'down', made.toReversed());

      expect(await valuesNow()).toEqual(was);
    },
  );
});

const widening: {
  what: string;
  before: object;
  after: object;
  fits: string;
  tooMuch: string;
  phases: string[];
}[] = [
  {
    what: 'a longer text',
    before: text(20),
    after: text(40),
    fits: `'short'`,
    tooMuch: long,
    phases: ['expand'],
  },
  {
    what: 'more exact moments',
    before: moment(0),
    after: moment(6),
    fits: `'2026-01-02 03:04:05Z'`,
    tooMuch: `'2026-01-02 03:04:05.678Z'`,
    phases: ['expand'],
  },
  {
    what: 'a larger whole number',
    before: p.integer().nullable(),
    after: p.bigint().nullable(),
    fits: '7',
    tooMuch: '3000000000',
    phases: ['expand', 'contract'],
  },
  {
    what: 'more digits after the point',
    before: money(20, 2),
    after: money(22, 4),
    fits: '1.25',
    tooMuch: '1.2345',
    phases: ['expand', 'contract'],
  },
];

describe('a type that holds more', () => {
  it.each(widening)(
    'does not cut on its way back, and says first how many values are concerned: $what',
    async (example) => {
      const made = await change(example.before, example.after, [example.fits]);
      expect(made.map(({ phase }) => phase)).toEqual(example.phases);
      await runMigrations(connection, 'up', made);
      await connection.query(`insert into orders (id, units, value) values (2, 1, ${example.tooMuch})`);
      const was = await valuesNow();
      const down = (await renderSql(made.at(-1) as LoadedMigration, 'down')) ?? [];

      const losses = await lossesOf(connection.query, down);

      expect(losses).toEqual([expect.objectContaining({ kind: 'values', isRefused: true, rows: 1 })]);
      await expect(runMigrations(connection, 'down', made.toReversed())).rejects.toThrow(
        /1 value of orders\.value does not fit .*row with \(id\) = \(2\)/,
      );
      expect(await valuesNow()).toEqual(was);
    },
  );
});

describe('a type whose values mean something else in the other', () => {
  const unknown = [
    { before: text(40), after: p.json().nullable() },
    { before: text(40), after: p.datetime().nullable() },
    { before: p.datetime().nullable(), after: p.date().nullable() },
    { before: p.boolean().nullable(), after: p.integer().nullable() },
  ];
  it.each(unknown)('is left to a person', async ({ before, after }) => {
    await playground.make(orders({ value: before }), 'first');

    await expect(playground.make(orders({ value: after }), 'second')).rejects.toThrow(
      /orders\.value changes from .* is for you to say.*--by-hand/,
    );
  });

  it('is left to a person where a larger number is a key', async () => {
    const records = (id: 'integer' | 'bigint') => {
      const holder = defineEntity({
        name: 'Holder',
        tableName: 'holders',
        properties: { id: p[id]().primary() },
      });
      return [holder, ...orders({ holder: () => p.manyToOne(holder).nullable() })] as unknown as Records;
    };
    await playground.make(records('integer'), 'first');

    const making = playground.make(records('bigint'), 'second');

    await expect(making).rejects.toThrow(
      /holders\.id changes from int to bigint.*its primary key would have to be made again.*changeTypeOnline/,
    );
  });

  it.each([
    { indexes: [{ name: 'orders_sized', properties: ['size'] }] },
    { checks: [{ name: 'orders_sized', expression: 'size > 0' }] },
  ])('is left to a person where rules are about the number: %j', async (rules) => {
    await playground.make(orders({ size: p.integer() }, rules), 'first');

    const making = playground.make(orders({ size: p.bigint() }, rules), 'second');

    await expect(making).rejects.toThrow(/orders_sized would have to be made again.*changeTypeOnline/);
  });
});
