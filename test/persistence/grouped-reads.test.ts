/** Rows that are asked for one by one and read together. */
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { GroupedReads } from '../../src/persistence/grouped-reads.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { QueryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';

let database: TestDatabase;
let orm: Orm;
const ids: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  const em = orm.em.fork();
  for (const name of ['ada', 'ben', 'cleo', 'dora'])
    ids.push(
      em.create(UserRecord, { email: `${name}@example.org`, username: name, passwordHash: 'hash' }).id,
    );
  await em.flush();
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

/** People by id, each with the number of the transaction that read it: a statement is one. It waits for those who lock a person's row. */
function people() {
  const select = (db: QueryBuilder, keys: readonly string[]) =>
    db
      .selectFrom('users')
      .select(['id', 'username'])
      .select(({ fn }) => fn<string>('pg_current_xact_id', []).as('statement'))
      .where((eb) => eb('id', '=', eb.fn.any(eb.val(keys))))
      .forNoKeyUpdate();
  return new GroupedReads({ orm, name: 'people-of-test', select, keyOf: ({ id }) => id });
}

describe('grouped reads', () => {
  it('fail for all that wait together, and for no one after them', async () => {
    const reads = people();
    const together = await Promise.allSettled([reads.find(ids[0] ?? ''), reads.find('no id')]);
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await reads.find(ids[0] ?? '')).toMatchObject({ username: 'ada' });
  });

  it('have nothing for a key that no row has', async () => {
    const reads = people();
    expect(await Promise.all([reads.find(randomUUID()), reads.find(ids[1] ?? '')])).toEqual([
      undefined,
      expect.objectContaining({ username: 'ben' }),
    ]);
  });

  it('read what is asked for at the same time by one statement', async () => {
    const reads = people();
    const rows = await Promise.all([...ids, ...ids].map((id) => reads.find(id)));
    expect(rows.map((row) => row?.username)).toEqual(
      [...Array(2)].flatMap(() => ['ada', 'ben', 'cleo', 'dora']),
    );
    expect(new Set(rows.map((row) => row?.statement)).size).toBe(1);
  });

  it('let what is asked for while two statements run share the next one, which sees all that was committed before', async () => {
    const reads = people();
    const [first = '', second = '', third = '', fourth = ''] = ids;
    const waiting: ReturnType<typeof reads.find>[] = [];
    await orm.em.fork().transactional(async (em) => {
      await em.getKysely().updateTable('users').set({ first_name: 'locked' }).execute();
      for (const id of [first, second, third, fourth]) {
        waiting.push(reads.find(id));
        await turn();
      }
      await em
        .getKysely()
        .updateTable('users')
        .set({ username: 'dorothy' })
        .where('id', '=', fourth)
        .execute();
    });
    const rows = await Promise.all(waiting);
    const statements = rows.map((row) => row?.statement);
    expect(new Set(statements).size).toBe(3);
    expect(statements[2]).toBe(statements[3]);
    expect(rows[3]?.username).toBe('dorothy');
  });
});
