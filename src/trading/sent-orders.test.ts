import { describe, expect, it } from 'vitest';
import { SentOrders } from './sent-orders.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { OrderCreated, OrderRejected } from '../core/domain/transaction.ts';

const terms: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 100,
  timeInForce: 'FOK',
};

const created = (id: number, rest: Partial<OrderCreated>): OrderCreated => ({
  id,
  batchId: id,
  at: 10,
  type: 'order-created',
  terms,
  reason: 'client',
  ...rest,
});

const rejected = (id: number, rest: Partial<OrderRejected>): OrderRejected => ({
  id,
  batchId: id,
  at: 10,
  type: 'order-rejected',
  reason: 'units-invalid',
  ...rest,
});

describe('SentOrders', () => {
  it('names the strategy of an order that was sent, whatever the log says', () => {
    const sent = new SentOrders();
    sent.add({ id: 'a', terms, strategyId: 's' });

    expect(sent.claim([created(3, { clientOrderId: 'a', strategyId: 'other' })])).toEqual([
      created(3, { clientOrderId: 'a', strategyId: 's' }),
    ]);
  });

  it('knows each order once: the next under its id is of another program', () => {
    const sent = new SentOrders();
    sent.add({ id: 'a', terms, strategyId: 's' });

    const claimed = sent.claim([
      created(3, { clientOrderId: 'a' }),
      created(4, { clientOrderId: 'a', strategyId: 's' }),
      rejected(5, { clientOrderId: 'a', strategyId: 's' }),
    ]);

    expect(claimed).toMatchObject([{ clientOrderId: 'a' }, { id: 4 }, { id: 5 }]);
    for (const foreign of claimed.slice(1))
      expect(foreign).toMatchObject({ clientOrderId: undefined, strategyId: undefined });
  });

  it('completes a rejection with what was asked for', () => {
    const sent = new SentOrders();
    sent.add({ id: 'a', terms, brokerPositionId: 7 });

    expect(sent.claim([rejected(3, { clientOrderId: 'a' })])).toEqual([
      rejected(3, { clientOrderId: 'a', terms, strategyId: undefined, brokerPositionId: 7 }),
    ]);
  });

  it('knows a close without a client id by its position, the one of as many units first', () => {
    const sent = new SentOrders();
    const close = { ...terms, side: 'sell' } as const;
    sent.add({ id: 'all', terms: { ...close, units: 60 }, strategyId: 's', brokerPositionId: 7 });
    sent.add({ id: 'part', terms: { ...close, units: 40 }, brokerPositionId: 7 });
    const closing = { reason: 'close', brokerPositionId: 7 } as const;

    expect(
      sent.claim([
        created(3, { ...closing, brokerPositionId: 8 }),
        created(4, { ...closing, reason: 'margin-closeout' }),
        created(5, { ...closing, terms: { ...close, units: 40 } }),
        rejected(6, { brokerPositionId: 7 }),
        created(7, { ...closing, terms: { ...close, units: 60 } }),
      ]),
    ).toMatchObject([
      { clientOrderId: undefined },
      { clientOrderId: undefined },
      { clientOrderId: 'part' },
      { clientOrderId: 'all', strategyId: 's', terms: { units: 60 } },
      { clientOrderId: undefined },
    ]);
  });

  it('knows the close that an answer is to, although another of as many units was sent before', () => {
    const sent = new SentOrders();
    for (const id of ['lost', 'answered']) sent.add({ id, terms, brokerPositionId: 7 });

    const close = created(3, { reason: 'close', brokerPositionId: 7 });
    expect(sent.claim([close], 'answered')).toMatchObject([{ clientOrderId: 'answered' }]);
    expect(sent.claim([{ ...close, id: 4 }], 'of another position')).toMatchObject([
      { clientOrderId: 'lost' },
    ]);
  });

  it('does not wait for a close that never reached the broker', () => {
    const sent = new SentOrders();
    sent.add({ id: 'a', terms, brokerPositionId: 7 });
    sent.forgetClose('a');

    expect(sent.claim([created(3, { reason: 'close', brokerPositionId: 7 })])).toMatchObject([
      { clientOrderId: undefined },
    ]);
  });

  it('leaves all else as it is', () => {
    const other = { id: 3, batchId: 3, at: 1, type: 'other', brokerType: 'X' } as const;

    expect(new SentOrders().claim([other])).toEqual([other]);
  });
});
