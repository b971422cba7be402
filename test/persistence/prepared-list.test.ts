/** Lists whose statements are built once for each set of filters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PreparedList } from '../../src/persistence/prepared-list.ts';
import { readBuilder } from '../../src/persistence/query-builder.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { QueryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';

interface PeopleFilters {
  readonly usernames?: readonly string[] | undefined;
  readonly createdFrom?: Date | undefined;
  readonly isActive?: boolean | undefined;
  readonly limit: number;
}

function selectPeople(db: QueryBuilder, { usernames, createdFrom, isActive, limit }: PeopleFilters) {
  let query = db.selectFrom('users').select(['username', 'created_at']);
  if (usernames) query = query.where((eb) => eb('username', '=', eb.fn.any(eb.val(usernames))));
  if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom);
  if (isActive !== undefined) query = query.where('is_active', isActive ? 'is' : 'is not', true);
  return query.orderBy('username').limit(limit);
}

let database: TestDatabase;
let orm: Orm;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  const em = orm.em.fork();
  for (const [index, username] of ['ada', 'ben', 'cleo', 'dora'].entries())
    em.create(UserRecord, {
      email: `${username}@example.org`,
      username,
      passwordHash: 'hash',
      isActive: index !== 1,
      createdAt: new Date(Date.UTC(2026, 0, index + 1)),
    });
  await em.flush();
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

/** What is prepared on a connection for what people read. */
const preparedOn = (of: Orm): Promise<unknown[]> =>
  of.em.getConnection('read').execute('select from pg_prepared_statements');

/** Every set of filters with one of these values each, or without. */
function filterSets(): readonly PeopleFilters[] {
  const sets: PeopleFilters[] = [];
  for (const usernames of [undefined, ['ada', 'ben', 'cleo'], ['dora'], []])
    for (const createdFrom of [undefined, new Date('2026-01-02'), new Date('2026-01-03')])
      for (const isActive of [undefined, true, false])
        for (const limit of [1, 3]) sets.push({ usernames, createdFrom, isActive, limit });
  return sets;
}

describe('a list', () => {
  it('refuses a filter that its query leaves out', async () => {
    const select = (db: QueryBuilder) => db.selectFrom('users').select('id');
    const list = new PreparedList<{ readonly username: string }, { id: string }>({ orm, select });
    await expect(list.read({ username: 'ada' })).rejects.toThrow('username is a parameter of the list');
  });

  it('has the rows that its query has, whatever the filters and their values', async () => {
    const list = new PreparedList({ orm, select: selectPeople });
    for (const filters of filterSets())
      expect(await list.read(filters), JSON.stringify(filters)).toEqual(
        await selectPeople(readBuilder(orm), filters).execute(),
      );
  });

  it('builds its query once for each set of filters', async () => {
    let built = 0;
    const select = (db: QueryBuilder, filters: PeopleFilters) => {
      built += 1;
      return selectPeople(db, filters);
    };
    const list = new PreparedList({ orm, select });
    for (const limit of [1, 2, 3]) await list.read({ usernames: ['ada'], createdFrom: undefined, limit });
    expect(built).toBe(1);
    await list.read({ limit: 3 });
    expect(built).toBe(2);
  });

  it('is read on after a migration has added a column to what it reads', async () => {
    const list = new PreparedList({
      orm,
      select: (db: QueryBuilder, { limit }: PeopleFilters) =>
        db.selectFrom('orders').selectAll().limit(limit),
    });
    // Several at a time, so that several connections know the statement.
    const read = () =>
      Promise.all([list.read({ limit: 1 }), list.read({ limit: 2 }), list.read({ limit: 3 })]);
    expect(await read()).toEqual([[], [], []]);
    await orm.em.fork().execute('alter table orders add column further text');
    expect(await read()).toEqual([[], [], []]);
  });

  it('is prepared, but not every one: connections keep a limited number', async () => {
    for (let number = 0; number < 60; number += 1) {
      const list = new PreparedList({
        orm,
        select: (db: QueryBuilder, { limit }: PeopleFilters) =>
          db
            .selectFrom('users')
            .select((eb) => eb.lit(number).as('number'))
            .limit(limit),
      });
      expect(await list.read({ limit: 1 })).toEqual([{ number }]);
    }
    expect((await preparedOn(orm)).length).toBeLessThanOrEqual(50);

    // Another pool has connections of its own.
    const other = openOrm({ databaseUrl: database.url, log: quiet });
    await new PreparedList({ orm: other, select: selectPeople }).read({ limit: 1 });
    expect(await preparedOn(other)).toHaveLength(1);
    await other.close();
  });
});
