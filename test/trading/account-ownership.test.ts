/** An account has one owner: while a former one may still be sending, the next one waits. */
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { AccountOwnership } from '../../src/trading/account-ownership-store.ts';
import { createTestDatabase } from '../support/database.ts';
import { endAccountLocks } from '../support/lock-waits.ts';
import { quiet } from '../support/quiet-log.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';
import { until } from '../support/until.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../support/database.ts';

/** An owner sends for so long without a question, so the next one waits for as long. */
const CERTAIN_FOR_MS = 2_000;

let database: TestDatabase;
let connection: PlainConnection;
let orm: ReturnType<typeof openOrm>;
let first: AccountOwnership;
let second: AccountOwnership;
let accountId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url, 'test');
  await fillEmptyTables(connection);
  const [row] = await connection.query('update oanda_accounts set owner_epoch = 0 returning id');
  accountId = String(row?.['id']);
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  first = new AccountOwnership(orm, database.url);
  second = new AccountOwnership(orm, database.url);
});
afterEach(async () => {
  await Promise.all([first.close(), second.close(), connection.close()]);
  await orm.close();
  await database.drop();
});

const takenBy = (ownership: AccountOwnership) => until('it is taken', () => ownership.acquire(accountId));

describe('an account that its owner released', () => {
  it('is taken at once, under a higher number', async () => {
    const before = await takenBy(first);
    expect(await second.acquire(accountId)).toBeUndefined();
    expect(await first.ascertain(before)).toBe(true);

    await first.release(accountId);
    const after = await takenBy(second);

    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(first.isCertain(before)).toBe(false);
    expect(await first.ascertain(before)).toBe(false);
    expect(await second.ascertain(after)).toBe(true);
    // A busy machine delays one that is taken at once; one that waits is never taken sooner.
    await until('it is taken at once', async () => {
      await second.release(accountId);
      const since = performance.now();
      await takenBy(second);
      return performance.now() - since < CERTAIN_FOR_MS;
    });
  });
});

describe('an account whose owner lost the connection', () => {
  it('is not taken before that owner stops sending, although it has not noticed', async () => {
    const before = await takenBy(first);
    expect(await first.ascertain(before)).toBe(true);
    const since = performance.now();
    await endAccountLocks(connection.query);

    const after = await takenBy(second);

    expect(first.isCertain(before)).toBe(false);
    expect(performance.now() - since).toBeGreaterThanOrEqual(CERTAIN_FOR_MS - 1);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(await first.ascertain(before)).toBe(false);
  });

  it('is lost for it as soon as it notices, and taken by it again under a higher number', async () => {
    const before = await takenBy(first);
    const lost = Promise.withResolvers<void>();
    first.watch(lost.resolve);
    await until('it is certain', () => first.isCertain(before));
    await endAccountLocks(connection.query);

    await lost.promise;

    expect(first.isCertain(before)).toBe(false);
    const after = await takenBy(first);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(await first.ascertain(after)).toBe(true);
    expect(await second.acquire(accountId)).toBeUndefined();
  });
});

describe('an account that is not taken after all', () => {
  // Those of other databases belong to other tests.
  const locks = () =>
    connection.query(`
      select from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`);

  it('has no lock left when its number could not be read', async () => {
    await expect(first.acquire(randomUUIDv7())).rejects.toThrow('no result');
    expect(await locks()).toEqual([]);
  });

  it('has no lock left when the accounts were lost while it waited for its turn', async () => {
    const before = await takenBy(first);
    await endAccountLocks(connection.query);
    await until('the lock is gone', async () => (await locks()).length === 0);

    const asked = first.ascertain(before);
    // Many more than ask at once. One may still ask on the connection that has ended, and fails.
    const taken = await Promise.allSettled(Array.from({ length: 100 }, () => first.acquire(accountId)));

    expect(await asked).toBe(false);
    for (const one of taken) if (one.status === 'fulfilled' && one.value) await first.release(accountId);
    expect(await locks()).toEqual([]);
  });
});

describe('an owner that is not heard any more', () => {
  it('loses its accounts after some seconds, and not while it is heard', async () => {
    const before = await takenBy(first);
    await first.ascertain(before);
    expect(await second.endSilentOwners()).toBe(0);

    await until('it is silent for long', async () => (await second.endSilentOwners()) === 1);

    const after = await takenBy(second);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(await first.ascertain(before)).toBe(false);
    expect(await first.endSilentOwners()).toBe(0);
  });
});
