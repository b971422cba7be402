/** An exchange that ends an order as it fills in part, and makes another of the rest, as OANDA does. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const DEPTH = { EUR_USD: [{ units: 1_000, pointsWorse: 0 }] };

/** An account of 100,000 US dollars that sees EUR_USD at 1.10000/1.10010; a second passes with each quote. */
function openMarket() {
  const exchange = new Exchange({
    currency: 'USD',
    costs: { ...DEFAULT_COSTS, depth: DEPTH },
    hedging: false,
    reissuesRests: true,
  });
  let at = MONDAY_NOON;
  exchange.openAccount(1_000_000_000, at);
  const quote = (bid: number): readonly Transaction[] => {
    at += 1_000;
    return exchange.onQuote({ instrument: 'EUR_USD', at, bid, ask: bid + 10 });
  };
  quote(110_000);
  const order = (terms: Partial<OrderTerms>, strategyId?: string): readonly Transaction[] => {
    const kind = { instrument: 'EUR_USD', side: 'buy', orderType: 'market', units: 2_500 } as const;
    const request = { ...kind, timeInForce: 'GTC', ...terms } as const;
    return exchange.submitOrder({ id: 'mine', terms: request, strategyId, decidedAt: at });
  };
  return { exchange, quote, order };
}

describe('an order that fills in part', () => {
  it('ends, and its rest is another one in the same batch, again and again until all is filled', () => {
    const { exchange, quote, order } = openMarket();

    const placed = order({ orderType: 'limit', price: 110_020, stopLoss: 109_000 });

    const [created, fill, rest] = placed.filter(({ type }) => type !== 'other');
    expect(created).toMatchObject({ type: 'order-created', terms: { units: 2_500 } });
    expect(fill).toMatchObject({ type: 'order-filled', orderId: created?.id, units: 1_000 });
    expect(fill).not.toHaveProperty('remainingUnits');
    const rests = placed.filter((entry) => entry.type === 'order-created' && entry.restOf !== undefined);
    expect(rests).toMatchObject([
      {
        restOf: created?.id,
        clientOrderId: 'mine',
        batchId: created?.id,
        terms: { units: 1_500, price: 110_020 },
      },
    ]);
    expect(rest?.batchId).toBe(created?.id);

    const later = [...quote(110_000), ...quote(110_000), ...quote(110_000)];

    expect(later.filter(({ type }) => type === 'order-filled')).toMatchObject([
      { orderId: rests[0]?.id, units: 1_000 },
      { units: 500 },
    ]);
    // Each lot has its stop loss; no entry waits any more.
    expect([...exchange.ledger.openOrders.values()].map(({ terms }) => terms.orderType)).toEqual(
      Array.from({ length: 3 }, () => 'stop_loss'),
    );
  });

  it('ends without a cancellation where its rest may not wait', () => {
    const { exchange, order } = openMarket();

    const placed = order({ timeInForce: 'IOC' });

    expect(placed.map(({ type }) => type)).toEqual(['order-created', 'order-filled']);
    expect(exchange.ledger.openOrders.size).toBe(0);
  });

  it('keeps the level of a trailing stop that has followed the price', () => {
    const { exchange, quote, order } = openMarket();
    order({ units: 600, timeInForce: 'FOK', trailingDistance: 100 });
    quote(110_000);
    order({ units: 1_000, timeInForce: 'FOK', trailingDistance: 100 });
    quote(110_300);

    // The stop of the older lot takes 600 of the 1,000 that the market gives.
    const hit = quote(110_200);

    expect(hit.filter(({ type }) => type === 'order-filled')).toMatchObject([
      { reason: 'trailing_stop', units: 600 },
      { reason: 'trailing_stop', units: 400 },
    ]);
    expect(hit.at(-1)).toMatchObject({ terms: { units: 600 }, trailingLevel: 110_200 });
    expect(hit.at(-1)).toHaveProperty('restOf');
    expect(quote(110_250)).toEqual([]);
    expect(quote(110_200)).toMatchObject([{ reason: 'trailing_stop', units: 600 }]);
    expect(exchange.ledger.openPositions.size).toBe(0);
  });

  it('to be touched waits on for the price from where it began', () => {
    const { quote, order } = openMarket();
    order({ orderType: 'market_if_touched', price: 109_800, units: 1_500 });

    const hit = quote(109_790);
    expect(hit.at(-1)).toMatchObject({ terms: { units: 500 }, initialPrice: 110_010 });
    expect(quote(109_850)).toEqual([]);
    expect(quote(109_780)).toMatchObject([{ reason: 'market_if_touched', units: 500 }]);
  });

  it("of a strategy leaves a rest that is the strategy's", () => {
    const { exchange, order } = openMarket();
    order({ orderType: 'limit', price: 110_020 }, 's');

    expect([...exchange.ledger.openOrders.values()]).toMatchObject([{ strategyId: 's' }]);
  });
});
