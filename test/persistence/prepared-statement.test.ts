/** Prepared statements on the connections of the pool. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOrm } from '../../src/persistence/orm.ts';
import { runPrepared } from '../../src/persistence/prepared-statement.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';

let database: TestDatabase;
let orm: Orm;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

/** Several at a time, so that several connections know the statement. */
function onSeveralConnections<Result>(run: () => Promise<Result>): Promise<readonly Result[]> {
  return Promise.all([run(), run(), run()]);
}

describe('a prepared statement', () => {
  it('fails as the statement does', async () => {
    const statement = { name: 'fails', text: 'select 1 / $1::int as quotient' };
    await expect(runPrepared(orm, statement, [0])).rejects.toThrow('division by zero');
    expect(await runPrepared(orm, statement, [1])).toEqual([{ quotient: 1 }]);
  });

  it('runs on after a migration, under a copy of the version before it, has added a column to what it reads', async () => {
    await orm.em.fork().execute(`create table things (id int); insert into things values (1)`);
    const statement = { name: 'all-things', text: 'select *, pg_sleep(0.05)::text as waited from things' };
    const ids = async () => (await runPrepared(orm, statement, [])).map(({ id }) => id);
    expect(await onSeveralConnections(ids)).toEqual([[1], [1], [1]]);
    await orm.em.fork().execute('alter table things add column name text');
    expect(await onSeveralConnections(ids)).toEqual([[1], [1], [1]]);
    await orm.em.fork().execute('alter table things add column further text');
    expect(await onSeveralConnections(ids)).toEqual([[1], [1], [1]]);
  });
});
