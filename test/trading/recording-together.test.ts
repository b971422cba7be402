/** What several accounts record at the same time is one statement: none fails or waits because of another, and each is whole. */
import { randomUUIDv7 } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { holdUp } from '../support/held-up-account.ts';
import { useServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { createdOrderIds } from '../support/trading.ts';
import { addTrader } from '../support/trading-client.ts';
import type { Json } from '../../src/core/shared/json.ts';
import type { AccountOwner } from '../../src/trading/recording/account-owner.ts';
import type { RecordedOrder } from '../../src/trading/recording/own-order-statement.ts';
import type { SavedAccount } from '../../src/trading/recording/state-statement.ts';
import type { TestTrader } from '../support/trading-client.ts';

const TRADERS = 4;
const SIDES = ['buy', 'buy', 'sell', 'sell', 'buy'];

const context = useServer();
const query = (statement: string) => context.server.orm.em.getConnection().execute(statement);
const traders: TestTrader[] = [];

beforeAll(async () => {
  await context.server.supervisor.start();
  for (let index = 0; index < TRADERS; index += 1) traders.push(await addTrader(context.server));
});

const WORTH = {
  at: 0,
  lastTransactionId: 1,
  balance: 70_000,
  nav: 70_000,
  marginUsed: 0,
  marginAvailable: 70_000,
  unrealizedPnl: 0,
  isMarginCalled: false,
  marginCloseoutPercent: undefined,
};

function stateAt(marketAt: number) {
  return { marketAt, quotedAt: marketAt, lastTransactionId: 1, engine: { it: "'s" }, broker: null };
}

const traderAt = (index: number) => present(traders[index], 'a trader');

async function ownerOf({ accountId }: TestTrader) {
  const [row] = await query(`select owner_epoch from oanda_accounts where id = '${accountId}'`);
  return { accountId, epoch: Number(row?.['owner_epoch']) };
}

function denied(accountId: string, strategyId?: string): RecordedOrder {
  const id = randomUUIDv7();
  return {
    order: {
      id,
      strategyId: undefined,
      positionId: undefined,
      pricePrecision: 5,
      terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1, timeInForce: 'FOK' },
      status: 'denied',
      reasonCode: 'halted',
      decidedAt: 0,
    },
    entry: {
      category: 'trading',
      type: 'order-denied',
      severity: 'info',
      description: 'denied',
      accountId,
      strategyId,
      details: { orderId: id },
    },
  };
}

async function countOf({ order: { id } }: RecordedOrder): Promise<readonly number[]> {
  const orders = await query(`select from orders where id = '${id}'`);
  const entries = await query(`select from events where details ->> 'orderId' = '${id}'`);
  return [orders.length, entries.length];
}

describe('accounts that record at the same time', () => {
  it('record their orders without the one that cannot be recorded, and without that of a former owner', async () => {
    const { projections } = context.server.stores;
    const [one, other, third] = await Promise.all([0, 1, 2].map((index) => ownerOf(traderAt(index))));
    const wrong = denied(present(one, 'it').accountId, randomUUIDv7());
    const right = denied(present(other, 'it').accountId);
    const former = denied(present(third, 'it').accountId);

    const results = await Promise.allSettled([
      projections.recordOwnOrders(present(one, 'it'), [wrong]),
      projections.recordOwnOrders(present(other, 'it'), [right]),
      projections.recordOwnOrders({ ...present(third, 'it'), epoch: 0 }, [former]),
    ]);

    expect(results).toMatchObject([
      { status: 'rejected', reason: { message: expect.stringContaining('foreign key') } },
      { status: 'fulfilled', value: [expect.any(Number)] },
      { status: 'rejected', reason: { type: 'account-not-trading' } },
    ]);
    expect(await Promise.all([wrong, right, former].map(countOf))).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  it('save what they know and are worth, without that of a former owner', async () => {
    const { accountStates } = context.server.stores;
    const [one, other] = await Promise.all([0, 1].map((index) => ownerOf(traderAt(index))));
    const marketAt = Date.UTC(2030, 0, 1);
    const saved = (owner: AccountOwner) => ({
      owner,
      state: stateAt(marketAt),
      memories: [],
      snapshot: WORTH,
    });
    const former = { ...present(one, 'it'), epoch: 0 };
    const before = await accountStates.load(former.accountId);

    const results = await Promise.allSettled(
      [former, present(other, 'it')].map((owner) => accountStates.save(saved(owner))),
    );

    expect(results).toMatchObject([
      { status: 'rejected', reason: { type: 'account-not-trading' } },
      { status: 'fulfilled' },
    ]);
    expect(await accountStates.load(former.accountId)).toEqual(before);
    expect(await accountStates.load(traderAt(1).accountId)).toEqual(stateAt(marketAt));
    const rows = await query(`select id, nav from oanda_accounts where nav = 7`);
    expect(rows.map(({ id }) => id)).toEqual([traderAt(1).accountId]);
  });

  it('save what they know without that of a strategy that is no JSON', async () => {
    const { accountStates } = context.server.stores;
    const [one, other] = await Promise.all([0, 1].map((index) => ownerOf(traderAt(index))));
    const marketAt = Date.UTC(2030, 0, 2);
    const saved = (owner: AccountOwner, memories: SavedAccount['memories']) => ({
      owner,
      state: stateAt(marketAt),
      memories,
      snapshot: WORTH,
    });
    const wrong = { strategyId: randomUUIDv7(), stateVersion: 1, state: 1n as unknown as Json };

    const results = await Promise.allSettled([
      accountStates.save(saved(present(one, 'it'), [wrong])),
      accountStates.save(saved(present(other, 'it'), [])),
    ]);

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await accountStates.load(traderAt(1).accountId)).toEqual(stateAt(marketAt));
  });

  it('do not wait for one whose row another transaction has locked', async () => {
    const held = traderAt(0);
    const release = await holdUp(context.server, held.accountId);
    const heldOrder = held.order();

    const answers = await Promise.all(traders.slice(1).map((trader) => trader.order()));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    await release();
    expect((await heldOrder).json()).toMatchObject({ status: 'filled' });
  });

  it('have what their logs say in their tables, and their entries in the order of their logs', async () => {
    const { stores } = context.server;

    const answers = await Promise.all(
      traders.flatMap((trader) => SIDES.map((side, index) => trader.order({ side, units: 100 + index }))),
    );

    expect(answers.map((answer) => answer.json().status)).toEqual(answers.map(() => 'filled'));
    for (const { accountId } of traders) {
      expect((await checkAccount(stores, accountId)).differences).toEqual([]);
      const log = await stores.projections.logOf(accountId);
      const entries = await query(
        `select order_id from events where account_id = '${accountId}' and type = 'order-filled' order by sequence`,
      );
      const filled = entries.map((entry) => entry['order_id']);
      expect(filled).toEqual(createdOrderIds(log));
    }
  });
});

describe('an account that wants several orders at the same moment', () => {
  it('records the halt that they follow from before them', async () => {
    const { server } = context;
    const limits = { profitTarget: { equity: '100005', positions: 'close' } };
    const { order, accountId } = await addTrader(server, { hedging: true, limits });
    for (const units of [1_000, 2_000]) expect((await order({ units })).statusCode).toBe(201);
    const [last] = await query('select max(sequence) as sequence from events');

    await server.quote('EUR_USD', 111_000, 111_010);

    const entries = await query(
      `select type from events where account_id = '${accountId}' and sequence > ${String(last?.['sequence'])}
        and type in ('account-halted', 'order-submitted', 'order-filled') order by sequence`,
    );
    expect(entries.map(({ type }) => type)).toEqual([
      'account-halted',
      'order-submitted',
      'order-submitted',
      'order-filled',
      'order-filled',
    ]);
  });

  it('records all of them before it sends the first', async () => {
    const { server } = context;
    const trader = await addTrader(server);
    const { accountId, ask } = trader;
    const instruments = ['EUR_USD', 'AUD_USD', 'NZD_USD'];
    for (const instrument of instruments) {
      await server.quote(instrument, 110_000, 110_010);
      expect((await trader.order({ instrument })).json()).toMatchObject({ status: 'filled' });
    }
    const [last] = await query('select max(sequence) as sequence from events');

    const killed = await ask('POST', `/accounts/${accountId}/kill`);

    expect(killed.statusCode).toBe(200);
    const entries = await query(
      `select type, order_id from events where account_id = '${accountId}' and order_id is not null
        and sequence > ${String(last?.['sequence'])} and type in ('order-submitted', 'order-filled') order by sequence`,
    );
    const recorded = entries.slice(0, instruments.length).map((entry) => entry['order_id']);
    expect(entries).toEqual([
      ...recorded.map((order_id) => ({ type: 'order-submitted', order_id })),
      ...recorded.map((order_id) => ({ type: 'order-filled', order_id })),
    ]);
    expect(new Set(recorded).size).toBe(instruments.length);
    expect((await checkAccount(server.stores, accountId)).differences).toEqual([]);
  });
});

describe('a halt of an account that is busy', () => {
  it('comes before what the market brought while it was', async () => {
    const { server } = context;
    const trader = await addTrader(server);
    const { accountId } = trader;
    const entry = (await trader.order({ type: 'limit', price: '1.09000' })).json();
    const live = server.supervisor.accountOf(accountId);
    const release = await holdUp(server, accountId);
    const quoted = [server.quote('EUR_USD', 110_000, 110_010)];
    await until('the account saves what it knows', () => !live.isIdle);

    // The limit order fills.
    quoted.push(server.quote('EUR_USD', 108_980, 108_990));
    const halted = live.halt('By the test');
    await release();
    await Promise.all([halted, ...quoted]);

    const entries = await query(
      `select type from events where account_id = '${accountId}' and type in ('account-halted', 'order-filled') order by sequence`,
    );
    expect(entries.map(({ type }) => type)).toEqual(['account-halted', 'order-filled']);
    expect((await trader.ask('GET', `/orders/${entry.id}`)).json()).toMatchObject({ status: 'filled' });
    expect((await checkAccount(server.stores, accountId)).differences).toEqual([]);
  });
});
