import { describe, expect, it } from 'vitest';
import { payloadOf, transactionFrom } from './transaction-payload.ts';
import type { OrderCreated, OrderFilled } from '../core/domain/transaction.ts';

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
