/** A continuous move (a path inside a candle): orders fill at their triggers, in the order of the path. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Travel } from './exchange.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010. */
function openExchange(slippagePoints = 0): Exchange {
  const costs = { slippagePoints, commissionPerMillion: 0, conversionMarkup: 0.005 };
  const exchange = new Exchange({ currency: 'USD', costs, hedging: false });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_000, ask: 110_010 });
  return exchange;
}

function rest(exchange: Exchange, id: string, terms: Partial<OrderTerms>): void {
  const defaults = {
    instrument: 'EUR_USD',
    orderType: 'limit',
    side: 'buy',
    units: 1_000,
    timeInForce: 'GTC',
  } as const;
  exchange.submitOrder({ id, decidedAt: MONDAY_NOON, terms: { ...defaults, ...terms } });
}

const travel = (
  exchange: Exchange,
  bid: number,
  ask: number,
  how: Travel = 'continuous',
): readonly Transaction[] =>
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON + 60_000, bid, ask }, how);

describe('a continuous move', () => {
  it('is a jump when it has nowhere to come from', () => {
    const exchange = openExchange();
    rest(exchange, 'a', { instrument: 'GBP_USD', price: 125_000 });

    const [fill] = exchange.onQuote(
      { instrument: 'GBP_USD', at: MONDAY_NOON, bid: 124_000, ask: 124_010 },
      'continuous',
    );

    expect(fill).toMatchObject({ price: 124_010 });
  });

  it.each([
    ['limit', 'buy', 109_900, 109_500, 109_900],
    ['limit', 'sell', 110_100, 110_500, 110_100],
    ['stop', 'buy', 110_100, 110_500, 110_100],
    ['stop', 'sell', 109_900, 109_500, 109_900],
  ] as const)('fills a %s to %s at its trigger %i', (orderType, side, price, bid, filledAt) => {
    const exchange = openExchange();
    rest(exchange, 'a', { orderType, side, price });

    const [fill] = travel(exchange, bid, bid + 10);

    const inForce = side === 'buy' ? { bid: price - 10, ask: price } : { bid: price, ask: price + 10 };
    expect(fill).toMatchObject({ price: filledAt, slippageCost: 0, at: MONDAY_NOON + 60_000, ...inForce });
  });

  it('adds slippage to a stop', () => {
    const exchange = openExchange(3);
    rest(exchange, 'a', { orderType: 'stop', price: 110_100 });

    expect(travel(exchange, 110_500, 110_510)[0]).toMatchObject({ price: 110_103, slippageCost: 300 });
  });

  it('fills in the order of the path, whatever is older', () => {
    const exchange = openExchange();
    rest(exchange, 'deep', { price: 109_000 });
    rest(exchange, 'near', { price: 109_900 });
    rest(exchange, 'between', { orderType: 'stop', side: 'sell', price: 109_500 });

    expect(travel(exchange, 108_000, 108_010)).toMatchObject([
      { clientOrderId: 'near', price: 109_900 },
      { clientOrderId: 'between', price: 109_500 },
      { clientOrderId: 'deep', price: 109_000 },
    ]);
  });

  it('leaves protection that came with an entry inside a candle until the end: a target gets its own price', () => {
    const exchange = openExchange();
    rest(exchange, 'a', { orderType: 'stop', price: 110_100, takeProfit: 110_300, stopLoss: 109_900 });

    expect(travel(exchange, 110_500, 110_510)).toMatchObject([
      { type: 'order-filled', id: 4, reason: 'stop', price: 110_100 },
      { type: 'order-created', id: 5, reason: 'on-fill' },
      { type: 'order-created', id: 6, reason: 'on-fill' },
    ]);
    // On its way the price passes the stop, and no one knows whether it did so before the entry.
    expect(travel(exchange, 109_800, 109_810)).toEqual([]);
    expect(travel(exchange, 110_350, 110_360, 'closing')).toMatchObject([
      { type: 'order-filled', id: 7, batchId: 7, reason: 'take_profit', price: 110_300, bid: 110_350 },
      { type: 'order-cancelled', id: 8, batchId: 7, orderId: 6, reason: 'linked-position-closed' },
    ]);
  });

  it('fills a stop that was placed inside a candle at its close', () => {
    const exchange = openExchange();
    rest(exchange, 'a', { orderType: 'stop', price: 110_100, stopLoss: 109_900 });
    travel(exchange, 110_500, 110_510);

    expect(travel(exchange, 109_700, 109_710, 'closing')).toMatchObject([
      { type: 'order-filled', reason: 'stop_loss', price: 109_700, slippageCost: 20_000 },
    ]);
  });

  it('stops at each order that it triggers, with the price of that moment in force', () => {
    const exchange = openExchange();
    rest(exchange, 'near', { price: 109_900 });
    rest(exchange, 'deep', { price: 109_500 });
    const entered: (readonly Transaction[])[] = [];

    const remainder = exchange.onQuote(
      { instrument: 'EUR_USD', at: MONDAY_NOON + 60_000, bid: 109_000, ask: 109_010 },
      'continuous',
      ([fill]) => {
        expect(fill?.type).toBe('order-filled');
        entered.push(
          exchange.submitOrder({
            id: `after-${entered.length}`,
            decidedAt: fill?.at ?? 0,
            terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1, timeInForce: 'FOK' },
          }),
        );
      },
    );

    expect(entered.map(([, fill]) => fill)).toMatchObject([{ price: 109_900 }, { price: 109_500 }]);
    expect(remainder).toEqual([]);
  });

  it('does not fill protection that the move had passed before the entry', () => {
    const exchange = openExchange();
    // The market falls through the entry and never comes back up to the target.
    rest(exchange, 'a', { price: 109_900, takeProfit: 109_950 });

    const transactions = travel(exchange, 109_000, 109_010);

    expect(transactions.map(({ type }) => type)).toEqual(['order-filled', 'order-created']);
  });

  it('keeps bid and ask apart as the spread changes on the way', () => {
    const exchange = openExchange();
    rest(exchange, 'a', { orderType: 'stop', price: 110_110 });

    // The ask rises by 200 while the bid rises by 100: half way the spread is 60.
    expect(travel(exchange, 110_100, 110_210)[0]).toMatchObject({
      bid: 110_050,
      ask: 110_110,
      spreadCost: 3_000,
    });
  });

  it('fills at its start what the market was already through', () => {
    const friday = Date.UTC(2024, 0, 5, 21, 59);
    const exchange = new Exchange({
      currency: 'USD',
      costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0 },
      hedging: false,
    });
    exchange.openAccount(100_000_000, friday);
    exchange.onQuote({ instrument: 'EUR_USD', at: friday, bid: 110_000, ask: 110_010 });
    rest(exchange, 'a', { orderType: 'stop', price: 110_100 });

    // Over the weekend the market does not travel, it jumps.
    const [fill] = exchange.onQuote(
      { instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_500, ask: 110_510 },
      'continuous',
    );

    expect(fill).toMatchObject({ price: 110_510, slippageCost: 41_000 });
  });
});

describe('a trailing stop inside a candle', () => {
  /** A long position at 1.10010 with a trailing stop 50 points below the best bid. */
  function openTrailing(): Exchange {
    const exchange = openExchange();
    rest(exchange, 'a', { orderType: 'market', timeInForce: 'FOK', price: undefined, trailingDistance: 50 });
    return exchange;
  }
  const quote = (bid: number) => ({ instrument: 'EUR_USD', at: MONDAY_NOON + 60_000, bid, ask: bid + 10 });

  it('does not follow the price before the candle ends', () => {
    const exchange = openTrailing();

    expect(exchange.onQuote(quote(110_200), 'continuous')).toEqual([]);
    expect(exchange.onQuote(quote(110_100), 'continuous')).toEqual([]);
    const [fill] = exchange.onQuote(quote(109_900), 'continuous');

    expect(fill).toMatchObject({ reason: 'trailing_stop', price: 109_950 });
  });

  it('follows the best price at its end, and fills at the close when that lies beyond', () => {
    const exchange = openTrailing();
    exchange.onQuote(quote(110_200), 'continuous');
    exchange.onQuote(quote(110_000), 'continuous');

    const [fill] = exchange.onQuote(quote(110_120), 'closing');

    expect(fill).toMatchObject({ reason: 'trailing_stop', price: 110_120 });
  });

  it('follows it for the next candle when the close is better', () => {
    const exchange = openTrailing();
    exchange.onQuote(quote(110_200), 'continuous');
    expect(exchange.onQuote(quote(110_160), 'closing')).toEqual([]);

    const [fill] = exchange.onQuote(quote(110_100), 'continuous');

    expect(fill).toMatchObject({ reason: 'trailing_stop', price: 110_150 });
  });
});
