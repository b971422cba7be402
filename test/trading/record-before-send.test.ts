/** An order is recorded before it is sent: with its entry in the journal or not at all, once, and only by the account's owner. */
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { ProjectionStore } from '../../src/trading/projection-store.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';
import { until } from '../support/until.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { AccountOwner } from '../../src/trading/recording/account-owner.ts';
import type { RecordedOrder } from '../../src/trading/recording/own-order-statement.ts';
import type { TestDatabase } from '../support/database.ts';

const EPOCH = 7;
const DECIDED_AT = Date.UTC(2026, 0, 6, 8, 0, 5);

let database: TestDatabase;
let connection: PlainConnection;
let orm: ReturnType<typeof openOrm>;
let store: ProjectionStore;
let owner: AccountOwner;

beforeEach(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url, 'test');
  await fillEmptyTables(connection);
  const [row] = await connection.query(`update oanda_accounts set owner_epoch = ${EPOCH} returning id`);
  owner = { accountId: String(row?.['id']), epoch: EPOCH };
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new ProjectionStore(orm);
});
afterEach(async () => {
  await Promise.all([connection.close(), orm.close()]);
  await database.drop();
});

function anOrder(id: string): RecordedOrder {
  return {
    order: {
      id,
      strategyId: undefined,
      positionId: undefined,
      pricePrecision: 5,
      terms: {
        instrument: 'EUR_USD',
        orderType: 'limit',
        side: 'sell',
        units: 0.3,
        price: 110_250,
        timeInForce: 'GTC',
        tag: `it's "a" tag`,
      },
      status: 'submitted',
      decidedAt: DECIDED_AT,
    },
    entry: {
      category: 'trading',
      type: 'order-submitted',
      severity: 'info',
      description: 'limit sell',
      accountId: owner.accountId,
      details: { orderId: id, note: `it's {"a": "note"}` },
    },
  };
}

const ordersWith = (id: string) => connection.query(`select * from orders where id = '${id}'`);
const entriesAbout = (id: string) =>
  connection.query(`select * from events where details ->> 'orderId' = '${id}'`);

describe('an order that is recorded before it is sent', () => {
  it('is refused, and nothing is written, when the account has another owner', async () => {
    const id = randomUUIDv7();

    const recording = store.recordOwnOrders({ ...owner, epoch: EPOCH - 2 }, [anOrder(id)]);

    await expect(recording).rejects.toMatchObject({ type: 'account-not-trading' });
    expect(await ordersWith(id)).toEqual([]);
    expect(await entriesAbout(id)).toEqual([]);
  });

  it('is not written when its entry cannot be, nor is what is recorded with it', async () => {
    const id = randomUUIDv7();
    const recorded = anOrder(id);

    const other = randomUUIDv7();
    const recording = store.recordOwnOrders(owner, [
      anOrder(other),
      { ...recorded, entry: { ...recorded.entry, strategyId: randomUUIDv7() } },
    ]);

    await expect(recording).rejects.toThrow('foreign key');
    expect(await ordersWith(id)).toEqual([]);
    expect(await ordersWith(other)).toEqual([]);
  });

  it('is left as it is when it is there already, without another entry', async () => {
    const id = randomUUIDv7();
    await store.recordOwnOrders(owner, [anOrder(id)]);
    await connection.query(`update orders set status = 'accepted' where id = '${id}'`);

    const next = randomUUIDv7();
    const createdAt = await store.recordOwnOrders(owner, [anOrder(id), anOrder(next)]);

    expect(createdAt).toEqual([undefined, expect.any(Number)]);
    expect(await ordersWith(id)).toMatchObject([{ status: 'accepted' }]);
    expect(await entriesAbout(id)).toHaveLength(1);
    expect(await entriesAbout(next)).toHaveLength(1);
  });

  it('is there with its entry afterwards', async () => {
    const id = randomUUIDv7();

    const [createdAt] = await store.recordOwnOrders(owner, [anOrder(id)]);

    expect(await ordersWith(id)).toMatchObject([
      {
        created_at: new Date(createdAt ?? Number.NaN),
        client_order_id: id,
        status: 'submitted',
        units: 3,
        units_precision: 1,
        price: '1.1025000000',
        tag: `it's "a" tag`,
        submitted_at: new Date(DECIDED_AT),
      },
    ]);
    expect(await entriesAbout(id)).toMatchObject([
      { type: 'order-submitted', account_id: owner.accountId, details: { note: `it's {"a": "note"}` } },
    ]);
  });

  it('waits for a change of the owner that is under way, and is refused by it', async () => {
    const id = randomUUIDv7();
    const next = openPlainConnection(database.url, 'test');
    await next.query('begin');
    await next.query(`update oanda_accounts set owner_epoch = ${EPOCH + 2}`);

    const recording = store.recordOwnOrders(owner, [anOrder(id)]).catch((error: unknown) => error);
    await until('the order waits', async () => (await waitingForLocks(connection.query)) === 1);
    await next.query('commit');
    await next.close();

    expect(await recording).toMatchObject({ type: 'account-not-trading' });
    expect(await ordersWith(id)).toEqual([]);
  });
});
