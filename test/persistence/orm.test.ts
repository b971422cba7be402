/** The ORM and the types it promises, through the unit of work and through the query builder. */
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  BrokerTransactionRecord,
  EventRecord,
  OandaAccountRecord,
  OrderRecord,
  UserRecord,
} from '../../src/entities/index.ts';
import { connectionOptions } from '../../src/migrator/index.ts';
import { openBareOrm } from '../../src/migrator/run/connect/plain-connection.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';

const OCCURRED_AT = new Date('2026-03-08T21:59:59.987Z');

let database: TestDatabase;
let orm: Orm;
let userId: string;
let accountId: string;
let orderId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  const em = orm.em.fork();
  const user = em.create(UserRecord, {
    email: 'trader@example.org',
    username: 'trader',
    passwordHash: 'hash',
  });
  const account = em.create(OandaAccountRecord, {
    user,
    name: 'Paper',
    environment: 'paper',
    brokerAccountId: 'paper-1',
    currency: 'USD',
    initialBalance: '10000',
    furtherLimits: null,
    allowedInstruments: ['EUR_USD'],
  });
  const order = em.create(OrderRecord, {
    account,
    createdBy: 'person',
    instrument: 'EUR_USD',
    orderType: 'limit',
    side: 'buy',
    units: 2 ** 40,
    price: '1.08765',
    timeInForce: 'GTC',
    status: 'pending',
  });
  em.create(BrokerTransactionRecord, {
    account,
    transactionId: 7,
    batchId: 7,
    type: 'order-created',
    occurredAt: OCCURRED_AT,
    payload: { orderId: 7 },
  });
  em.create(EventRecord, {
    account,
    occurredAt: OCCURRED_AT,
    category: 'trading',
    type: 'order.created',
    severity: 'info',
    description: 'An order was created',
  });
  ({ userId, accountId, orderId } = { userId: user.id, accountId: account.id, orderId: order.id });
  await em.flush();
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

describe('a record', () => {
  it('has its id before it is written', () => {
    expect(orderId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('comes back with decimals as strings, units as numbers and instants to the millisecond', async () => {
    const em = orm.em.fork();

    const order = await em.findOneOrFail(OrderRecord, { account: { user: userId } });
    const transaction = await em.findOneOrFail(BrokerTransactionRecord, {
      account: accountId,
      transactionId: 7,
    });

    expect(order).toMatchObject({
      price: '1.0876500000',
      units: 2 ** 40,
      filledUnits: 0,
      strategy: null,
      takeProfit: null,
    });
    expect(order.account.id).toBe(accountId);
    expect(transaction.occurredAt).toEqual(OCCURRED_AT);
    expect(transaction.payload).toEqual({ orderId: 7 });
  });

  it('changes by what was assigned to it, and by nothing else', async () => {
    const em = orm.em.fork();
    const before = await em.findOneOrFail(OrderRecord, orderId);
    before.status = 'submitted';

    await em.flush();

    const after = await orm.em.fork().findOneOrFail(OrderRecord, orderId);
    expect(after).toMatchObject({ status: 'submitted', price: '1.0876500000', createdAt: before.createdAt });
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.createdAt.getTime());
  });

  it('of the journal gets its number and transaction from the database', async () => {
    const event = await orm.em.fork().findOneOrFail(EventRecord, { account: accountId });

    expect(event.sequence).toBe(1);
    expect(event.transactionXid).toMatch(/^\d+$/);
    expect(event.details).toEqual({});
  });

  it('is refused when a whole number is larger than a double holds exactly', async () => {
    await orm.em.fork().execute(`update oanda_accounts set owner_epoch = ${2n ** 53n}`);

    await expect(orm.em.fork().findOneOrFail(OandaAccountRecord, accountId)).rejects.toThrow(
      /no number can hold exactly/,
    );

    await orm.em.fork().execute('update oanda_accounts set owner_epoch = 0');
  });
});

describe('the query builder', () => {
  it('knows tables, columns and the types in which the values really arrive', async () => {
    const rows = await orm.em
      .fork()
      .getKysely()
      .selectFrom('orders')
      .innerJoin('oanda_accounts', 'oanda_accounts.id', 'orders.account_id')
      .select(['orders.units', 'orders.price', 'orders.strategy_id', 'oanda_accounts.allowed_instruments'])
      .select(['orders.created_at', 'oanda_accounts.hedging', 'orders.status'])
      .select((eb) => eb.fn.countAll<number>().over().as('total'))
      .where('oanda_accounts.user_id', '=', userId)
      .execute();

    expectTypeOf(rows).items.toMatchObjectType<{
      units: number;
      price: string | null;
      strategy_id: string | null;
      allowed_instruments: string[] | null;
      created_at: Date;
      hedging: boolean;
      total: number;
    }>();
    expect(rows).toEqual([
      {
        units: 2 ** 40,
        price: '1.0876500000',
        strategy_id: null,
        allowed_instruments: ['EUR_USD'],
        created_at: expect.any(Date),
        hedging: false,
        status: expect.any(String),
        total: 1,
      },
    ]);
  });

  it('has every table under its own name', async () => {
    const db = orm.em.fork().getKysely();

    const emails = await db.selectFrom('users').select('email').execute();
    const xids = await db.selectFrom('events').select('transaction_xid').execute();
    const results = await db
      .selectFrom('backtest_results')
      .select(['var_95', 'sqn_100', 'k_ratio', 'calmar_36_months'])
      .execute();
    const chunks = await db.selectFrom('price_chunks').select(['series_id', 'data']).execute();

    expectTypeOf(xids).toEqualTypeOf<{ transaction_xid: string }[]>();
    expect(emails).toEqual([{ email: 'trader@example.org' }]);
    expect([xids.length, results.length, chunks.length]).toEqual([1, 0, 0]);
  });

  it('works inside the unit of work’s transaction', async () => {
    const failing = orm.em.fork().transactional(async (em) => {
      await em.getKysely().updateTable('users').set({ first_name: 'Changed' }).execute();
      throw new Error('undo it');
    });

    await expect(failing).rejects.toThrow('undo it');
    const user = await orm.em.fork().findOneOrFail(UserRecord, userId);
    expect(user.firstName).toBeNull();
  });
});

describe('the connections', () => {
  it('speak UTC and end statements that take too long', async () => {
    const [settings] = await orm.em
      .fork()
      .execute(`select current_setting('TimeZone') as zone, current_setting('statement_timeout') as timeout`);

    expect(settings).toEqual({ zone: 'UTC', timeout: '30s' });
  });

  it('read times where others are shown them in another form', async () => {
    const address = new URL(database.url);
    address.searchParams.set('options', '-c DateStyle=German -c TimeZone=Asia/Tokyo');
    const options = {
      databaseUrl: address.href,
      purpose: 'times',
      poolSize: 1,
      idleTimeoutMs: 1,
      settings: {},
    };
    const other = openBareOrm(options, connectionOptions(options));
    const [row] = await other.em.fork().execute(`select timestamptz '2026-01-31 12:00:00.5+00' as at`);
    await other.close();

    expect(row).toEqual({ at: new Date('2026-01-31T12:00:00.500Z') });
  });

  it('stay open when they are not used, as many as are to be kept', async () => {
    const purpose = `kept open ${process.pid}`;
    const options = { databaseUrl: database.url, purpose, poolSize: 5, idleTimeoutMs: 1, settings: {} };
    const few = openBareOrm(options, connectionOptions({ ...options, keptOpen: 2 }));
    const pidOf = async () => {
      const [row] = await few.em.fork().execute<{ pid: number }[]>('select pg_backend_pid() as pid');
      return row?.pid;
    };
    const openPids = async () => {
      const rows = await orm.em
        .fork()
        .execute<{ pid: number }[]>('select pid from pg_stat_activity where application_name like ?', [
          `${purpose}%`,
        ]);
      return rows.map(({ pid }) => pid);
    };
    try {
      await Promise.all([1, 2, 3, 4, 5].map(pidOf));
      await expect.poll(openPids).toHaveLength(2);
      const kept = await openPids();

      expect(kept).toContain(await pidOf());
      expect(await openPids()).toEqual(kept);
    } finally {
      await few.close();
    }
  });

  it('are shared on purpose only: without a fork nothing can be read', async () => {
    await expect(orm.em.findOne(UserRecord, userId)).rejects.toThrow(/global EntityManager/);
  });
});
