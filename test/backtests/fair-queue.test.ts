/** The queue of backtests is shared by all people: everyone has their turn, however many one of them queued. */
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { BacktestQueue } from '../../src/backtests/backtest-queue-store.ts';
import { inTransaction } from '../../src/persistence/query-builder.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { useServer } from '../support/test-server.ts';
import type { TestUser } from '../support/test-server.ts';

const context = useServer();
const copies: BacktestQueue[] = [];

afterEach(async () => {
  await context.server.database.deleteFrom('backtests').execute();
  for (const copy of copies.splice(0)) await copy.close();
});

/** The queue as a copy of the server has it. */
function openCopy(): BacktestQueue {
  const copy = new BacktestQueue(context.server.orm, context.server.databaseUrl);
  copies.push(copy);
  return copy;
}

/** A person with so many backtests in the queue. */
async function personWith(count: number): Promise<TestUser> {
  const user = await context.server.addUser();
  await context.server.app.inject({
    method: 'POST',
    url: '/api/v1/price-series?instrument=EUR_USD',
    payload: longQuoteFile(10),
    headers: { ...user.headers, 'content-type': 'text/csv' },
  });
  await queue(user, count);
  return user;
}

async function queue(user: TestUser, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1)
    await context.server.backtests.create({
      id: randomUUIDv7(),
      userId: user.id,
      strategyType: 'ema_cross',
      parameters: { granularity: 'M1', fast: 3, slow: 8 },
      instrument: 'EUR_USD',
    });
}

/** Whose backtests are taken, one after the other. */
async function turns(copy: BacktestQueue, count: number): Promise<(string | undefined)[]> {
  const people = [];
  for (let taken = 0; taken < count; taken += 1) people.push((await copy.claimNext())?.userId);
  return people;
}

describe('the queue of backtests', () => {
  it('serves the first backtest of another person next, and then each in turn', async () => {
    const flood = await personWith(8);
    const copy = openCopy();
    expect(await turns(copy, 2)).toEqual([flood.id, flood.id]);

    const other = await personWith(2);

    expect(await turns(copy, 5)).toEqual([other.id, flood.id, other.id, flood.id, flood.id]);
  });

  it('takes the backtests of one person in the order in which they were requested', async () => {
    await personWith(4);
    const copy = openCopy();

    const taken = [];
    for (let count = 0; count < 4; count += 1) taken.push((await copy.claimNext())?.id);

    expect(taken).toEqual([...taken].toSorted((one, other) => (one ?? '').localeCompare(other ?? '')));
    expect(await copy.claimNext()).toBeUndefined();
  });

  it('passes over who was disabled, and cancels what they queued, with the reason', async () => {
    const gone = await personWith(2);
    const other = await personWith(1);
    const copy = openCopy();
    const { server } = context;
    await server.peopleAdmin.change(gone.id, { isActive: false }, {});

    expect(await turns(copy, 2)).toEqual([other.id, undefined]);
    expect(await copy.cancelOfDisabled()).toBe(2);

    const rows = await server.database
      .selectFrom('backtests')
      .select(['status', 'error'])
      .where('user_id', '=', gone.id)
      .execute();
    const cancelled = { status: 'cancelled', error: 'An administrator disabled its owner.' };
    expect(rows).toEqual([cancelled, cancelled]);
    expect(await copy.cancelOfDisabled()).toBe(0);
  });

  it('gives no second turn to who deletes what was served', async () => {
    const flood = await personWith(3);
    const other = await personWith(2);
    const copy = openCopy();
    const first = await copy.claimNext();
    await context.server.stores.backtests.deleteOf(flood.id, first?.id ?? '');

    expect(first?.userId).toBe(flood.id);
    expect(await turns(copy, 3)).toEqual([other.id, flood.id, other.id]);
  });

  it('gives the turn to another person while one of the first is being taken by another copy', async () => {
    const flood = await personWith(3);
    const other = await personWith(1);
    const copy = openCopy();

    const during = await inTransaction(context.server.orm, async (db) => {
      // As another copy has it in the middle of a claim.
      await db.selectFrom('users').select('id').where('id', '=', flood.id).forNoKeyUpdate().execute();
      return turns(copy, 1);
    });

    expect(during).toEqual([other.id]);
    expect(await turns(copy, 1)).toEqual([flood.id]);
  });

  it('serves several copies that look at once, each with another backtest', async () => {
    await personWith(6);
    const taking = [openCopy(), openCopy(), openCopy()].map((copy) => turns(copy, 2));

    const taken = (await Promise.all(taking)).flat();

    expect(taken.filter((userId) => userId !== undefined).length).toBeGreaterThanOrEqual(3);
    const running = await context.server.database
      .selectFrom('backtests')
      .select('id')
      .where('status', '=', 'running')
      .execute();
    expect(running).toHaveLength(taken.filter((userId) => userId !== undefined).length);
  });
});
