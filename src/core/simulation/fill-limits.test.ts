/** How many orders and positions an account may have, and how large a position may become. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { Instruments } from '../domain/instruments.ts';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

/** An account of two positions, three orders and 5,000 units at most, and a way to order there. */
function open({ hedging = false } = {}) {
  const eurUsd = { ...PAPER_INSTRUMENTS.named('EUR_USD'), maximumPositionUnits: 5_000 };
  const exchange = new Exchange({
    currency: 'USD',
    costs: DEFAULT_COSTS,
    hedging,
    instruments: new Instruments([eurUsd]),
    countLimits: { pendingOrders: 3, openPositions: 2 },
  });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_000, ask: 110_010 });
  let ids = 0;
  const order = (terms: Partial<OrderTerms> = {}): Transaction | undefined => {
    const rests = terms.price !== undefined;
    const usual = { instrument: 'EUR_USD', side: 'buy', units: 1_000 } as const;
    const kind = { orderType: rests ? 'limit' : 'market', timeInForce: rests ? 'GTC' : 'FOK' } as const;
    return exchange
      .submitOrder({ id: `o${(ids += 1)}`, decidedAt: 0, terms: { ...usual, ...kind, ...terms } })
      .findLast(({ type }) => type !== 'order-created');
  };
  return { exchange, order };
}

describe('an account at its broker', () => {
  it('rejects an order that waits beside as many as there may be, and takes one in place of another', () => {
    const { exchange, order } = open();
    for (const price of [109_000, 108_000, 107_000]) order({ price });

    expect(order({ price: 106_000 })).toMatchObject({
      type: 'order-rejected',
      reason: 'pending-orders-exceeded',
    });
    const [replaces] = exchange.ledger.openOrders.keys();
    const terms = { ...[...exchange.ledger.openOrders.values()][0]?.terms, price: 106_000 } as OrderTerms;
    expect(exchange.submitOrder({ id: 'new', decidedAt: 0, terms, replaces })).toMatchObject([
      { type: 'order-cancelled', reason: 'replaced' },
      { type: 'order-created' },
    ]);
    expect(order()).toMatchObject({ type: 'order-filled' });
  });

  it('rejects protection that would be an order too many, and takes one in place of another', () => {
    const { exchange, order } = open();
    order({ stopLoss: 109_000 });
    const [brokerPositionId = 0] = exchange.ledger.openPositions.keys();
    for (const price of [108_500, 108_000]) order({ price });
    const protect = (change: object) =>
      exchange.changeProtection({ brokerPositionId, decidedAt: 0, ...change });

    expect(protect({ takeProfit: 111_000 })).toMatchObject([{ reason: 'pending-orders-exceeded' }]);
    expect(protect({ stopLoss: 109_100 })).toMatchObject([
      { type: 'order-cancelled', reason: 'replaced' },
      { type: 'order-created' },
    ]);
  });

  it('cancels an entry whose protection would be too many orders', () => {
    const { order } = open();
    order({ price: 109_000 });
    order({ price: 108_000 });

    expect(order({ stopLoss: 109_000, takeProfit: 111_000 })).toMatchObject({
      type: 'order-cancelled',
      reason: 'pending-orders-exceeded',
    });
    expect(order()).toMatchObject({ type: 'order-filled' });
  });

  it('counts what an entry frees: the protection of the position that it closes', () => {
    const { exchange, order } = open();
    const protection = { stopLoss: 109_000, takeProfit: 111_000 };
    order(protection);
    order({ price: 108_000 });
    expect(exchange.ledger.openOrders.size).toBe(3);

    const turned = { side: 'sell', units: 2_000, stopLoss: 111_000, takeProfit: 109_000 } as const;
    order(turned);
    expect([...exchange.ledger.openPositions.values()]).toMatchObject([{ side: 'short', openUnits: 1_000 }]);
    expect(exchange.ledger.openOrders.size).toBe(3);
  });

  it('cancels an entry that would open a position too many, and none that closes one', () => {
    const { order } = open();
    order();
    order();

    expect(order()).toMatchObject({ type: 'order-cancelled', reason: 'open-positions-exceeded' });
    expect(order({ side: 'sell', units: 2_500 })).toMatchObject({ type: 'order-filled', openedUnits: 500 });
    expect(order({ side: 'sell' })).toMatchObject({ type: 'order-filled' });
  });

  it('cancels an entry that would make the position of its side larger than the instrument allows', () => {
    const { order } = open({ hedging: true });
    order({ units: 5_000 });

    expect(order({ units: 1 })).toMatchObject({ reason: 'position-units-exceeded' });
    expect(order({ side: 'sell', units: 5_000 })).toMatchObject({ type: 'order-filled' });
  });
});
