/** Replacing a resting order: one step, in which never both orders can fill. */

import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

let exchange: Exchange;

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010, with a limit order, number 3, at 1.09000. */
beforeEach(() => {
  exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: false });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_000, ask: 110_010 });
  submit('old', {});
});

function submit(id: string, terms: Partial<OrderTerms>, replaces?: number): readonly Transaction[] {
  const limit = {
    instrument: 'EUR_USD',
    orderType: 'limit',
    side: 'buy',
    units: 1_000,
    price: 109_000,
    timeInForce: 'GTC',
    ...terms,
  } as const;
  const strategyId = replaces === undefined ? 's' : undefined;
  return exchange.submitOrder({ id, decidedAt: 0, strategyId, replaces, terms: limit });
}

const restingIds = (): readonly number[] => [...exchange.ledger.openOrders.keys()];

describe('a replacement', () => {
  it('cancels the old order and creates the new one in one batch, each with the number of the other', () => {
    expect(submit('new', { price: 109_500, units: 2_000 }, 3)).toMatchObject([
      {
        id: 4,
        batchId: 4,
        type: 'order-cancelled',
        orderId: 3,
        clientOrderId: 'old',
        reason: 'replaced',
        replacedBy: 5,
      },
      {
        id: 5,
        batchId: 4,
        type: 'order-created',
        reason: 'replacement',
        replaces: 3,
        clientOrderId: 'new',
        strategyId: 's',
        terms: { price: 109_500, units: 2_000 },
      },
    ]);
    expect(restingIds()).toEqual([5]);
  });

  it('that the market has reached fills at once', () => {
    expect(submit('new', { price: 110_020 }, 3)).toMatchObject([
      { type: 'order-cancelled', reason: 'replaced' },
      { type: 'order-created' },
      { type: 'order-filled', orderId: 5, price: 110_010 },
    ]);
  });

  it.each<[string, Partial<OrderTerms>, number, string]>([
    ['of an order that is not there', {}, 99, 'order-unknown'],
    ['with a price of zero', { price: 0 }, 3, 'price-invalid'],
    ['of another type', { orderType: 'stop', price: 111_000 }, 3, 'replacement-invalid'],
    ['of the other side', { side: 'sell', price: 111_000 }, 3, 'replacement-invalid'],
    ['of another instrument', { instrument: 'GBP_USD' }, 3, 'replacement-invalid'],
  ])('%s is rejected, and the old order stays', (_case, terms, replaces, reason) => {
    expect(submit('new', terms, replaces)).toMatchObject([
      { type: 'order-rejected', clientOrderId: 'new', reason },
    ]);
    expect(restingIds()).toEqual([3]);
  });

  it('of an order that has filled is rejected: nothing is bought twice', () => {
    exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 108_990, ask: 109_000 });

    expect(submit('new', { price: 109_500 }, 3)).toMatchObject([{ reason: 'order-unknown' }]);
    expect(exchange.ledger.openPositions.size).toBe(1);
  });
});

describe('protection that is replaced', () => {
  it('names the order that took its place', () => {
    submit('entry', { orderType: 'market', price: undefined, timeInForce: 'FOK', stopLoss: 109_500 });
    const [brokerPositionId = 0] = exchange.ledger.openPositions.keys();

    expect(exchange.changeProtection({ brokerPositionId, stopLoss: 109_600, decidedAt: 0 })).toMatchObject([
      { id: 7, type: 'order-cancelled', orderId: 6, reason: 'replaced', replacedBy: 8 },
      { id: 8, type: 'order-created', reason: 'replacement', replaces: 6 },
    ]);
  });
});
