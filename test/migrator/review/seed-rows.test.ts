import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { seedRows } from '../../../src/migrator/review/trace/seed-rows.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

const ROWS = 250;
/** What a migrated database has rows in. */
const BOOKS = ['migration_attempts', 'mikro_orm_migrations'];

let database: TestDatabase;
let connection: PlainConnection;

async function open(made: Promise<TestDatabase>): Promise<void> {
  database = await made;
  connection = openPlainConnection(database.url);
}

const seed = (): Promise<Map<string, number>> => seedRows(async (sql) => connection.query(sql), ROWS);

afterEach(async () => {
  await connection.close();
  await database.drop();
});

describe('made-up rows', () => {
  it('fill every table of the server, whatever its rules', async () => {
    await open(createTestDatabase());

    const counts = await seed();

    expect(counts.size).toBeGreaterThan(20);
    expect([...counts].filter(([table, rows]) => rows < ROWS && !BOOKS.includes(table))).toEqual([]);
  });

  describe('in tables of a test', () => {
    beforeEach(() => open(createEmptyDatabase()));

    const tables = [
      `a text not null check (a in ('x', 'y')), b int not null check (b > 10 and b < 100)`,
      `at timestamptz not null, until timestamptz not null, check (until > at)`,
      `kind text not null check (kind in ('one', 'two')), two int null, check ((kind = 'two') = (two is not null))`,
      `code varchar(3) not null check (code ~ '^[A-Z]{3}$')`,
      `code varchar(4) not null unique, day date not null unique, ip inet not null unique`,
      `id bigint generated always as identity primary key, sum int generated always as (1 + 1) stored`,
      `id int primary key, parent_id int null references t (id)`,
    ];
    it.each(tables)('obey: %s', async (columns) => {
      await connection.query(`create table t (${columns}, filler int)`);

      expect(await seed()).toEqual(new Map([['t', ROWS]]));
    });

    it('refer to another parent each, where a parent has one child', async () => {
      await connection.query('create table "Child" (id uuid primary key, parent_id int not null unique)');
      await connection.query('create table parents (id int primary key)');
      await connection.query('alter table "Child" add foreign key (parent_id) references parents (id)');

      expect(await seed()).toEqual(
        new Map([
          ['parents', ROWS],
          ['"Child"', ROWS],
        ]),
      );
    });

    it('leave a table empty whose rules nothing known obeys', async () => {
      await connection.query(`create table t (a text not null check (length(a) = 77))`);

      expect(await seed()).toEqual(new Map([['t', 0]]));
    });
  });
});
