/** What an account makes of its broker's log, whatever is in it: gaps, other programs' orders, rejections, fills in parts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { WrittenBroker } from '../support/written-broker.ts';
import type { BrokerAnswer } from '../../src/brokers/broker.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;
let broker: WrittenBroker;

/** Makes an account whose broker has the log that `begin` writes. */
async function openAccount(begin: (written: WrittenBroker) => void): Promise<void> {
  const { server } = context;
  server.wire.through = (paper) => {
    broker = new WrittenBroker(paper, () => server.market.now);
    begin(broker);
    return broker;
  };
  trader = await addTrader(server);
  server.wire.through = (paper) => paper;
}

beforeEach(() => openAccount((written) => written.open()));

/** Shows transactions on the stream and waits until the account has taken them in. */
async function show(...transactions: readonly Transaction[]): Promise<void> {
  broker.show(...transactions);
  await context.server.supervisor.settled();
}

const orders = async () =>
  (await context.server.stores.orders.inLogOf(trader.accountId)).toSorted(
    (a, b) => (a.brokerOrderId ?? 0) - (b.brokerOrderId ?? 0),
  );
const positions = async () =>
  (await context.server.stores.positions.ofAccount(trader.accountId, 'open')).toSorted(
    (a, b) => a.brokerPositionId - b.brokerPositionId,
  );
const lastKnown = async () =>
  (await context.server.stores.accounts.find(trader.accountId))?.lastTransactionId;

async function expectTablesAsTheLog(): Promise<void> {
  expect((await checkAccount(context.server.stores, trader.accountId)).differences).toEqual([]);
}

/** A limit order of another program under this client id, shown on the stream. */
async function foreignOrder(clientOrderId: string): Promise<number> {
  const created = broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' }, clientOrderId);
  await show(created);
  return created.id;
}

describe('a transaction that the stream did not show', () => {
  it('is read from the log before the next one is taken in', async () => {
    const missed = broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' });
    const shown = broker.write({ type: 'other', brokerType: 'RESET_RESETTABLE_PL' });

    await show(shown);

    expect((await orders()).map(({ brokerOrderId }) => brokerOrderId)).toEqual([missed.id]);
    expect(broker.reads.at(-1)).toBe(missed.id - 1);
  });

  it('is missed in the middle of what came at once, too', async () => {
    const first = broker.write({ type: 'other', brokerType: 'FIRST' });
    const missed = broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' });
    const last = broker.write({ type: 'other', brokerType: 'LAST' });

    await show(first, last);

    expect((await orders()).map(({ brokerOrderId }) => brokerOrderId)).toEqual([missed.id]);
    expect(await lastKnown()).toBe(last.id);
  });

  it('is read when the broker says that its log ends later', async () => {
    const missed = broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' });

    broker.sayEnd();
    await context.server.supervisor.settled();
    const { length } = broker.reads;
    broker.sayEnd();
    await context.server.supervisor.settled();

    expect((await orders()).map(({ brokerOrderId }) => brokerOrderId)).toEqual([missed.id]);
    expect(broker.reads).toHaveLength(length);
  });

  it('does not exist where the log itself leaves a number out', async () => {
    const afterGap = broker.write({ type: 'other', brokerType: 'LATER' }, { skip: 5 });
    const next = broker.write({ type: 'other', brokerType: 'NEXT' });

    await show(afterGap);
    await show(next);

    expect(await lastKnown()).toBe(next.id);
    await expectTablesAsTheLog();
  });
});

describe("another program's order", () => {
  it('under a client id of its own is a row of ours with an id of ours, and can be cancelled', async () => {
    await foreignOrder('my order!');

    const [row] = await orders();
    const { statusCode } = await trader.ask('DELETE', `/orders/${row?.id}`);

    expect(row).toMatchObject({ createdBy: 'external', status: 'accepted' });
    expect(row?.clientOrderId).toBeUndefined();
    expect(statusCode).toBe(200);
    expect(await orders()).toMatchObject([{ id: row?.id, status: 'cancelled' }]);
    await expectTablesAsTheLog();
  });

  it('that comes again under a client id of ours leaves our order and its strategy alone', async () => {
    broker.answer = (id, terms) => answered(broker.order(terms ?? {}, id));
    const own = (await trader.order({ type: 'limit', price: '1.09' })).json();
    broker.answer = () => ({ outcome: 'unknown', cause: 'none' });
    await show(
      broker.write({ type: 'order-cancelled', orderId: Number(own.brokerOrderId), reason: 'expired' }),
    );

    const again = await foreignOrder(own.id);
    await show(broker.writeFill({ orderId: again, units: 1_000, price: 109_000, clientOrderId: own.id }));

    expect((await trader.ask('GET', `/orders/${own.id}`)).json()).toMatchObject({ status: 'expired' });
    expect(await orders()).toMatchObject([{ id: own.id }, { brokerOrderId: again, status: 'filled' }]);
    await expectTablesAsTheLog();
  });

  it('that is rejected under a client id of ours rejects nothing of ours', async () => {
    broker.answer = (id, terms) => answered(broker.order(terms ?? {}, id));
    const own = (await trader.order({ type: 'limit', price: '1.09' })).json();

    await show(
      broker.write({ type: 'order-rejected', clientOrderId: own.id, reason: 'client-order-id-taken' }),
    );

    expect((await trader.ask('GET', `/orders/${own.id}`)).json()).toMatchObject({ status: 'accepted' });
    await expectTablesAsTheLog();
  });
});

describe('an order that the broker rejects', () => {
  it('is answered as rejected, with its terms, and stays so in the log', async () => {
    broker.answer = (clientOrderId) =>
      answered(broker.write({ type: 'order-rejected', clientOrderId, reason: 'expiry-invalid' }));

    const answer = await trader.order({ type: 'limit', price: '1.09' });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      status: 'rejected',
      reasonCode: 'expiry-invalid',
      price: '1.09000',
      brokerOrderId: String(broker.log.at(-1)?.id),
    });
    expect(await context.server.stores.projections.logOf(trader.accountId)).toContainEqual(
      expect.objectContaining({ type: 'order-rejected', terms: expect.objectContaining({ price: 109_000 }) }),
    );
    await expectTablesAsTheLog();
  });
});

describe('an order that fills in parts', () => {
  it('shows what it filled so far, opens a position each time, and can be cancelled', async () => {
    broker.answer = (id, terms) => answered(broker.order(terms ?? {}, id));
    const { id, brokerOrderId } = (await trader.order({ type: 'limit', price: '1.1' })).json();
    const orderId = Number(brokerOrderId);

    await show(broker.writeFill({ orderId, units: 300, price: 110_000, remainingUnits: 700 }));
    const first = (await trader.ask('GET', `/orders/${id}`)).json();
    await show(broker.writeFill({ orderId, units: 100, price: 109_980, remainingUnits: 600 }));
    const second = (await trader.ask('GET', `/orders/${id}`)).json();
    const { statusCode } = await trader.ask('DELETE', `/orders/${id}`);
    const last = (await trader.ask('GET', `/orders/${id}`)).json();

    expect(first).toMatchObject({
      status: 'partially_filled',
      filledUnits: 300,
      averagePrice: '1.10000',
    });
    expect(second).toMatchObject({
      status: 'partially_filled',
      filledUnits: 400,
      averagePrice: '1.09995',
    });
    expect(statusCode).toBe(200);
    expect(last).toMatchObject({ status: 'cancelled', filledUnits: 400, averagePrice: '1.09995' });
    expect(await positions()).toMatchObject([
      { openUnits: 300, openingOrderId: id },
      { openUnits: 100, openingOrderId: id },
    ]);
    await expectTablesAsTheLog();
  });
});

describe('parts of units', () => {
  it('are kept exactly, whatever size of step each row needs', async () => {
    const gold = { instrument: 'XAU_USD' } as const;
    const entry = broker.order({
      ...gold,
      units: 1,
      orderType: 'limit',
      price: 2_400_000,
      timeInForce: 'GTC',
    });
    await show(entry);
    const fill = { ...gold, orderId: entry.id, price: 2_400_000 };
    const lot = broker.writeFill({ ...fill, units: 0.3, remainingUnits: 0.7 });
    await show(lot);
    expect(await orders()).toMatchObject([{ terms: { units: 1 }, filledUnits: 0.3 }]);
    await show(broker.writeFill({ ...fill, units: 0.7, remainingUnits: 0 }));
    expect(await orders()).toMatchObject([{ status: 'filled', terms: { units: 1 }, filledUnits: 1 }]);
    expect(await positions()).toMatchObject([{ openUnits: 0.3 }, { openUnits: 0.7 }]);

    const close = async (units: number) => {
      const closing = broker.order({ ...gold, units, side: 'sell' });
      const lots = [{ brokerPositionId: lot.id, units, realizedPnl: 0, financing: 0, conversionCost: 0 }];
      const rest = { orderId: closing.id, units, side: 'sell', openedUnits: 0, closed: lots } as const;
      await show(closing, broker.writeFill({ ...fill, ...rest }));
    };
    await close(0.1);
    expect(await positions()).toMatchObject([{ initialUnits: 0.3, openUnits: 0.2 }, { openUnits: 0.7 }]);
    await close(0.2);

    expect(await positions()).toMatchObject([{ openUnits: 0.7 }]);
    const trades = (await trader.ask('GET', `/trades?accountId=${trader.accountId}`)).json().items;
    expect(trades.map(({ units }: { units: number }) => units).toSorted()).toEqual([0.1, 0.2]);
    await expectTablesAsTheLog();
  });
});

describe('financing', () => {
  it('moves the balance, is shown on the positions, and goes to the trades', async () => {
    const entry = broker.order({});
    const { id: position } = broker.writeFill({ orderId: entry.id, units: 1_000, price: 110_010 });
    const charges = [{ brokerPositionId: position, amount: -12_345 }];
    broker.balance -= 12_345;
    const charged = broker.write({
      type: 'financing-charged',
      amount: -12_345,
      charges,
      balance: broker.balance,
    });
    await show(...broker.log.slice(-3));
    expect(charged.id).toBe(await lastKnown());
    expect(await positions()).toMatchObject([{ financing: -12_345, realizedPnl: 0 }]);

    const exit = broker.order({ side: 'sell' });
    const lot = {
      brokerPositionId: position,
      units: 1_000,
      realizedPnl: 500,
      financing: 0,
      conversionCost: 0,
    };
    broker.balance += 500;
    const closed = { side: 'sell', openedUnits: 0, closed: [lot], reason: 'close' } as const;
    const fill = broker.writeFill({ orderId: exit.id, units: 1_000, price: 110_015, ...closed });
    await show(exit, fill);

    const { items } = (await trader.ask('GET', `/trades?accountId=${trader.accountId}`)).json();
    expect(items).toMatchObject([{ realizedPnl: '0.0500', financing: '-1.2345', result: '-1.1845' }]);
    const account = (await trader.ask('GET', `/accounts/${trader.accountId}`)).json();
    expect(account.money).toMatchObject({ balance: '998.8155' });
    await expectTablesAsTheLog();
  });
});

describe('an account that is older than our log of it', () => {
  const position = {
    brokerPositionId: 7_001,
    instrument: 'EUR_USD',
    side: 'long',
    initialUnits: 3_000,
    openUnits: 2_000,
    entryPrice: 108_000,
    entrySpreadCost: 0,
    entrySlippageCost: 0,
    entryCommission: 0,
    realizedPnl: 10_000,
    financing: -900,
    accruedFinancing: -600,
    openedAt: Date.UTC(2025, 5, 2, 12),
  } as const;
  const limit = { instrument: 'EUR_USD', side: 'buy', units: 5_000, timeInForce: 'GTC' } as const;
  const stop = { ...limit, side: 'sell', units: 2_000, orderType: 'stop_loss', price: 107_000 } as const;

  beforeEach(() =>
    openAccount((written) => {
      written.write(
        {
          type: 'account-adopted',
          currency: 'USD',
          balance: written.balance,
          positions: [position],
          orders: [
            { orderId: 7_002, terms: stop, createdAt: position.openedAt, brokerPositionId: 7_001 },
            {
              orderId: 8_000,
              terms: { ...limit, orderType: 'limit', price: 109_000 },
              createdAt: position.openedAt + 1,
              filledUnits: 1_000,
              averagePrice: 109_000,
            },
          ],
        },
        { skip: 8_499 },
      );
      written.write({ type: 'other', brokerType: 'CLIENT_CONFIGURE' });
    }),
  );

  it('shows what was open as its own, and continues from there', async () => {
    const { accruedFinancing: _accrued, entrySlippageCost: _slippage, ...columns } = position;
    expect(await positions()).toMatchObject([{ ...columns, stopLoss: 107_000 }]);
    expect(await orders()).toMatchObject([
      { brokerOrderId: 7_002, createdBy: 'broker', status: 'accepted' },
      { brokerOrderId: 8_000, createdBy: 'external', status: 'partially_filled', filledUnits: 1_000 },
    ]);
    await show(broker.writeFill({ orderId: 8_000, units: 4_000, price: 108_990 }));
    const lot = { brokerPositionId: 7_001, units: 2_000, realizedPnl: -2_000, financing: 0 };
    broker.balance -= 2_000;
    const closed = { side: 'sell', openedUnits: 0, closed: [{ ...lot, conversionCost: 0 }] } as const;
    const stopped = { ...closed, reason: 'stop_loss' } as const;
    await show(broker.writeFill({ orderId: 7_002, units: 2_000, price: 107_000, ...stopped }));

    expect(await orders()).toMatchObject([
      { brokerOrderId: 7_002, status: 'filled' },
      { brokerOrderId: 8_000, status: 'filled', filledUnits: 5_000, averagePrice: 108_992 },
    ]);
    const { items } = (await trader.ask('GET', `/trades?accountId=${trader.accountId}`)).json();
    expect(items).toMatchObject([{ realizedPnl: '-0.2000', financing: '-0.0600', units: 2_000 }]);
    await expectTablesAsTheLog();
  });

  it('is the same after a restart, from the log alone', async () => {
    const { server } = context;
    const before = [await positions(), await orders()];
    const { log } = broker;
    await server.supervisor.dismiss(trader.accountId);
    server.wire.through = (paper) => {
      broker = new WrittenBroker(paper, () => server.market.now);
      broker.log.push(...log);
      return broker;
    };
    const account = await server.stores.accounts.find(trader.accountId);
    if (account) await server.supervisor.adopt(account);
    server.wire.through = (paper) => paper;
    await show(broker.write({ type: 'other', brokerType: 'LATER' }));

    expect([await positions(), await orders()]).toEqual(before);
    await expectTablesAsTheLog();
  });
});

function answered(...transactions: readonly Transaction[]): BrokerAnswer {
  return { outcome: 'answered', transactions };
}
