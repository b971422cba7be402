import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../core/domain/ledger.ts';
import { drawnLog } from '../../test/support/drawn-log.ts';
import { payloadOf, transactionFrom } from './transaction-payload.ts';
import type { OrderCreated, OrderFilled, Transaction } from '../core/domain/transaction.ts';

const created: OrderCreated = {
  id: 5,
  batchId: 5,
  at: 10,
  type: 'order-created',
  terms: { instrument: 'EUR_USD', orderType: 'market', side: 'sell', units: 100, timeInForce: 'FOK' },
  clientOrderId: 'c',
  reason: 'close',
  brokerPositionId: 4,
};

const filled: OrderFilled = {
  id: 6,
  batchId: 5,
  at: 10,
  type: 'order-filled',
  orderId: 5,
  instrument: 'EUR_USD',
  side: 'sell',
  units: 100,
  price: 110_000,
  bid: 110_000,
  ask: 110_010,
  reason: 'close',
  openedUnits: 0,
  closed: [{ brokerPositionId: 4, units: 100, realizedPnl: 5, financing: 0, conversionCost: 0 }],
  commission: 0,
  spreadCost: 0,
  slippageCost: 0,
  balance: 1_005,
};

describe('a stored transaction', () => {
  it('names a position as the first version of the server did', () => {
    expect(payloadOf(created)).toMatchObject({ type: 'order-created', positionId: 4 });
    expect(payloadOf(created)).not.toHaveProperty('brokerPositionId');
    expect(payloadOf(filled)).toMatchObject({ closed: [{ positionId: 4, units: 100 }] });
  });

  it.each([created, { ...created, brokerPositionId: undefined }, filled, { ...filled, closed: [] }])(
    'comes back as it was (%#)',
    (transaction) => {
      const stored: unknown = JSON.parse(JSON.stringify(payloadOf(transaction)));

      expect(transactionFrom(stored)).toEqual(transaction);
    },
  );
});

/** What the first version of the server stored, to the letter. */
const OLD_ROWS = [
  '{"id":1,"batchId":1,"at":10,"type":"account-opened","currency":"USD"}',
  '{"id":2,"batchId":1,"at":10,"type":"funds-transferred","amount":1000,"balance":1000}',
  '{"id":3,"batchId":3,"at":20,"type":"order-rejected","clientOrderId":"r","reason":"units-invalid"}',
  '{"id":4,"batchId":4,"at":20,"type":"order-created","terms":{"instrument":"EUR_USD","orderType":"market","side":"buy","units":100,"timeInForce":"FOK"},"clientOrderId":"a","strategyId":"s","reason":"client"}',
  '{"id":5,"batchId":4,"at":20,"type":"order-filled","orderId":4,"clientOrderId":"a","instrument":"EUR_USD","side":"buy","units":100,"price":110010,"bid":110000,"ask":110010,"reason":"market","openedUnits":100,"closed":[],"commission":3,"spreadCost":5,"slippageCost":0,"balance":997}',
  '{"id":6,"batchId":4,"at":20,"type":"order-created","terms":{"instrument":"EUR_USD","orderType":"stop_loss","side":"sell","units":100,"price":109000,"timeInForce":"GTC"},"reason":"on-fill","positionId":5}',
  '{"id":7,"batchId":7,"at":30,"type":"order-created","terms":{"instrument":"EUR_USD","orderType":"market","side":"sell","units":40,"timeInForce":"FOK"},"clientOrderId":"c","reason":"close","positionId":5}',
  '{"id":8,"batchId":7,"at":30,"type":"order-filled","orderId":7,"clientOrderId":"c","instrument":"EUR_USD","side":"sell","units":40,"price":110000,"bid":110000,"ask":110010,"reason":"close","openedUnits":0,"closed":[{"units":40,"realizedPnl":-4,"financing":0,"conversionCost":0,"positionId":5}],"commission":1,"spreadCost":2,"slippageCost":0,"balance":992}',
];

describe('a log that was stored before', () => {
  it('has the meaning that it had', () => {
    const ledger = new Ledger();

    const changes = OLD_ROWS.map((row) => ledger.apply(transactionFrom(JSON.parse(row))));

    expect(ledger.balance).toBe(992);
    expect([...ledger.openPositions.values()]).toMatchObject([
      { brokerPositionId: 5, openUnits: 60, stopLoss: 109_000, realizedPnl: -4, accruedFinancing: 0 },
    ]);
    expect([...ledger.openOrders.keys()]).toEqual([6]);
    expect(changes.flatMap(({ trades }) => trades)).toMatchObject([
      { units: 40, commission: 2, financing: 0 },
    ]);
    // Of a rejection no more is known than its reason.
    expect(changes[2]?.orders).toEqual([]);
  });
});

describe('any log', () => {
  it('means the same when it is read from its rows', () => {
    fc.assert(
      fc.property(drawnLog, (log) => {
        const read = log.map((entry) => transactionFrom(JSON.parse(JSON.stringify(payloadOf(entry)))));

        expect(changesOf(read)).toEqual(changesOf(log));
      }),
    );
  });
});

/** What a log changed; a field that is undefined is not stored. */
function changesOf(log: readonly Transaction[]): unknown {
  const ledger = new Ledger();
  return JSON.parse(JSON.stringify(log.map((transaction) => ledger.apply(transaction)))) as unknown;
}
