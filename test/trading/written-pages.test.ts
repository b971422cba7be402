/** Pages of orders and trades are JSON that PostgreSQL writes: the same, byte by byte, as the rows read, viewed and written here. */

import { randomUUID, randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { build } from 'fast-json-stringify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LONGEST_OCO_GROUP,
  LONGEST_TAG,
  ORDER_CREATORS,
  ORDER_SIDES,
  ORDER_TYPES,
  POSITION_FILLS,
  TIMES_IN_FORCE,
  TRIGGER_CONDITIONS,
} from '../../src/core/domain/order.ts';
import { ORDER_STATUSES } from '../../src/core/domain/order-lifecycle.ts';
import { POSITION_SIDES } from '../../src/core/domain/position.ts';
import { EXIT_REASONS } from '../../src/core/domain/transaction-reasons.ts';
import { MOST_UNITS_PRECISION } from '../../src/core/domain/units.ts';
import { formatDecimal } from '../../src/core/shared/decimal.ts';
import { pageSchema } from '../../src/http/pagination.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { OrderPageStore } from '../../src/trading/orders/order-page-store.ts';
import { OrderStore } from '../../src/trading/orders/order-store.ts';
import { ORDER_FIELDS, OrderView, orderView } from '../../src/trading/orders/order-view.ts';
import { TradePageStore } from '../../src/trading/trades/trade-page-store.ts';
import { TradeStore } from '../../src/trading/trades/trade-store.ts';
import { TRADE_FIELDS, TradeView, tradeView } from '../../src/trading/trades/trade-view.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Orm } from '../../src/persistence/orm.ts';

const [userId, accountId, strategyId] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
const RUNS = 15;

/** Instruments with so many digits after the point in their prices; the first two are built in, and no account's own. */
const DIGITS: Readonly<Record<string, number>> = { EUR_USD: 5, USD_JPY: 3, A_0: 0, B_1: 1, C_5: 5, D_8: 8 };

let database: TestDatabase;
let orm: Orm;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  const db = queryBuilder(orm);
  const user = { id: userId, email: 'a@example.org', username: 'ada', password_hash: 'hash' };
  await db.insertInto('users').values(user).execute();
  const account = { id: accountId, user_id: userId, name: 'A', environment: 'paper' as const };
  await db
    .insertInto('oanda_accounts')
    .values({ ...account, broker_account_id: 'paper-1', currency: 'USD' })
    .execute();
  await db
    .insertInto('strategies')
    .values({
      id: strategyId,
      account_id: accountId,
      name: 'S',
      strategy_type: 'ema_cross',
      parameters: {},
      instrument: 'EUR_USD',
    })
    .execute();
  const own = Object.entries(DIGITS).slice(2);
  await db
    .insertInto('account_instruments')
    .values(
      own.map(([name, digits]) => ({
        account_id: accountId,
        name,
        price_precision: digits,
        specification: {},
      })),
    )
    .execute();
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 2 });
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
/** Any that can be stored; fast-check's own list of them takes a second to make. */
const characters = fc
  .integer({ min: 1, max: 0x10_ff_ff })
  .map((code) => String.fromCodePoint(code).toWellFormed());
const text = (maxLength: number) =>
  fc
    .oneof(
      fc.string({ unit: characters, maxLength }),
      oneOf(['"', '\\', '\u0001\b\f\n\r\t\u007F\u2028', '💹']),
    )
    .map((drawn) => drawn.slice(0, maxLength).toWellFormed());
const instants = fc
  .integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })
  .map((at) => new Date(at));
const money = fc.integer({ min: -1e15, max: 1e15 }).map((amount) => formatDecimal(amount, 4));
const prices = (instrument: string) => {
  const digits = DIGITS[instrument] ?? 0;
  const most = Math.min(Number.MAX_SAFE_INTEGER, 10 ** (10 + digits) - 1);
  return fc
    .oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: most }))
    .map((points) => formatDecimal(points, digits));
};
const steps = fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1e15 }));
const precisions = fc.integer({ min: 0, max: MOST_UNITS_PRECISION });
const instruments = oneOf(Object.keys(DIGITS));

const orders = instruments.chain((instrument) =>
  fc.record({
    instrument: fc.constant(instrument),
    strategy_id: orNull(fc.constant(strategyId)),
    position_id: orNull(fc.uuid()),
    created_by: oneOf(ORDER_CREATORS),
    order_type: oneOf(ORDER_TYPES),
    side: oneOf(ORDER_SIDES),
    units: steps,
    filled_units: fc.constant(0),
    units_precision: precisions,
    price: prices(instrument),
    price_bound: orNull(prices(instrument)),
    take_profit: orNull(prices(instrument)),
    stop_loss: orNull(prices(instrument)),
    trailing_distance: orNull(prices(instrument)),
    take_profit_distance: orNull(prices(instrument)),
    stop_loss_distance: orNull(prices(instrument)),
    average_price: orNull(prices(instrument)),
    time_in_force: oneOf(TIMES_IN_FORCE),
    expires_at: instants,
    lease_until: orNull(instants),
    trigger_condition: orNull(oneOf(TRIGGER_CONDITIONS)),
    position_fill: orNull(oneOf(POSITION_FILLS)),
    tag: orNull(text(LONGEST_TAG)),
    comment: orNull(text(LONGEST_TAG)),
    oco_group: orNull(text(LONGEST_OCO_GROUP)),
    status: oneOf(ORDER_STATUSES),
    reason_code: orNull(text(64)),
    submitted_at: orNull(instants),
    filled_at: orNull(instants),
    cancelled_at: orNull(instants),
    created_at: instants,
  }),
);

const trades = instruments.chain((instrument) =>
  fc.record({
    instrument: fc.constant(instrument),
    strategy_id: orNull(fc.constant(strategyId)),
    side: oneOf(POSITION_SIDES),
    units: steps,
    units_precision: precisions,
    entry_price: prices(instrument),
    exit_price: prices(instrument),
    realized_pnl: money,
    financing: money,
    commission: money,
    exit_reason: oneOf(EXIT_REASONS),
    times: fc.tuple(instants, instants).map(([one, other]) => (one < other ? [one, other] : [other, one])),
    created_at: instants,
  }),
);

type Drawn<Values> = Values extends fc.Arbitrary<infer Value> ? Value : never;

/** Puts the orders in place of those that were there; each but the first replaced the one before, and half of them opened a position. */
async function storeOrders(drawn: readonly Drawn<typeof orders>[]): Promise<void> {
  const db = queryBuilder(orm);
  await db.deleteFrom('trades').execute();
  await db.deleteFrom('positions').execute();
  await db.deleteFrom('orders').execute();
  const rows = drawn.map((order, index) => ({
    ...order,
    id: randomUUIDv7(),
    account_id: accountId,
    client_order_id: randomUUID(),
    broker_order_id: index % 3 === 0 ? null : String(index),
    replaces: index % 3 === 2 ? String(index - 1) : null,
    replaced_by: index % 3 === 1 ? String(index + 1) : null,
    request_id: 'a request',
    filled_units: index % 2 === 0 ? order.units : 0,
    updated_at: new Date(0),
  }));
  await db.insertInto('orders').values(rows).execute();
  const opening = rows.filter((_, index) => index % 2 === 0);
  await db
    .insertInto('positions')
    .values(
      opening.map(({ id, instrument, units, units_precision }, index) => ({
        id: randomUUIDv7(),
        account_id: accountId,
        broker_trade_id: String(index),
        opening_order_id: id,
        instrument,
        side: 'long' as const,
        initial_units: units,
        open_units: units,
        units_precision,
        entry_price: '1',
        opened_at: new Date(0),
      })),
    )
    .execute();
}

async function storeTrades(drawn: readonly Drawn<typeof trades>[]): Promise<void> {
  const db = queryBuilder(orm);
  await db.deleteFrom('trades').execute();
  const positions = await db.selectFrom('positions').select(['id', 'opening_order_id']).execute();
  const rows = drawn.map(({ times, ...trade }, index) => ({
    ...trade,
    opened_at: times[0] as Date,
    closed_at: times[1] as Date,
    id: randomUUIDv7(),
    account_id: accountId,
    position_id: positions[index % positions.length]?.id ?? '',
    closing_order_id: index % 2 === 0 ? (positions[0]?.opening_order_id ?? null) : null,
    broker_transaction_id: index + 2 ** 40,
  }));
  await db.insertInto('trades').values(rows).execute();
}

describe('a page that PostgreSQL writes', () => {
  const page = { limit: 100 };
  const filter = { accountId };

  it('of orders is what the orders are here', async () => {
    const write = build(OrderView);
    await fc.assert(
      fc.asyncProperty(fc.array(orders, { minLength: 1, maxLength: 12 }), async (drawn) => {
        await storeOrders(drawn);
        const read = await new OrderStore(orm).listOf(userId, filter, page);
        expect(await new OrderPageStore(orm).listOf(userId, filter, page)).toEqual(
          read.map((order) => ({ id: order.id, json: write(orderView(order)) })),
        );
        expect(read).toHaveLength(drawn.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('of trades is what the trades are here', async () => {
    const write = build(TradeView);
    await storeOrders(fc.sample(orders, 1));
    await fc.assert(
      fc.asyncProperty(fc.array(trades, { minLength: 1, maxLength: 12 }), async (drawn) => {
        await storeTrades(drawn);
        const read = await new TradeStore(orm).listOf(userId, filter, page);
        expect(await new TradePageStore(orm).listOf(userId, filter, page)).toEqual(
          read.map((trade) => ({ id: trade.id, json: write(tradeView(trade)) })),
        );
        expect(read).toHaveLength(drawn.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('shows all digits of a price that has more than its instrument, and never rounds', async () => {
    const [order] = fc.sample(orders, 1);
    await storeOrders([{ ...(order as Drawn<typeof orders>), instrument: 'USD_JPY', price: '150.00051' }]);
    const [written] = await new OrderPageStore(orm).listOf(userId, filter, page);
    expect(JSON.parse(written?.json ?? '')).toMatchObject({ price: '150.00051' });
  });

  it.each([
    ['orders', ORDER_FIELDS, OrderView],
    ['trades', TRADE_FIELDS, TradeView],
  ])('of %s has the fields of its schema, in that order, and no others', (_, fields, view) => {
    expect(Object.keys(fields)).toEqual(Object.keys(view.properties));
    expect(pageSchema(view).properties.items.items).toBe(view);
  });
});
