/** Entry orders: when they fill, at which price, and when they are cancelled instead. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
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

function submit(exchange: Exchange, terms: Partial<OrderTerms>): readonly Transaction[] {
  return exchange.submitOrder({
    id: 'a',
    decidedAt: MONDAY_NOON,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1_000,
      timeInForce: 'FOK',
      ...terms,
    },
  });
}

const quoteAt = (exchange: Exchange, bid: number, ask: number): readonly Transaction[] =>
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON + 1_000, bid, ask });

describe('a market order', () => {
  it('is cancelled when there is no quote yet', () => {
    expect(submit(openExchange(), { instrument: 'GBP_USD' })).toMatchObject([
      { type: 'order-created', id: 3, batchId: 3, reason: 'client', clientOrderId: 'a' },
      { type: 'order-cancelled', id: 4, batchId: 3, orderId: 3, clientOrderId: 'a', reason: 'market-halted' },
    ]);
  });

  it.each(['FOK', 'IOC'] as const)(
    'that is %s is cancelled when the price is beyond its bound',
    (timeInForce) => {
      expect(submit(openExchange(), { timeInForce, priceBound: 110_009 })[1]).toMatchObject({
        type: 'order-cancelled',
        reason: 'bounds-violated',
      });
    },
  );

  it('is cancelled when slippage takes it beyond its bound', () => {
    expect(submit(openExchange(1), { side: 'sell', priceBound: 110_000 })[1]).toMatchObject({
      reason: 'bounds-violated',
    });
  });

  it.each([
    ['buy', 0, 110_010],
    ['sell', 0, 110_000],
    ['buy', 3, 110_013],
    ['sell', 3, 109_997],
  ] as const)('to %s with %i points of slippage fills at %i', (side, slippagePoints, price) => {
    const [, fill] = submit(openExchange(slippagePoints), { side, priceBound: price });

    expect(fill).toMatchObject({
      type: 'order-filled',
      id: 4,
      batchId: 3,
      at: MONDAY_NOON,
      orderId: 3,
      clientOrderId: 'a',
      side,
      units: 1_000,
      openedUnits: 1_000,
      price,
      bid: 110_000,
      ask: 110_010,
      reason: 'market',
      closed: [],
      balance: 100_000_000,
    });
  });

  it('reaches the market no earlier than it was decided', () => {
    const [, fill] = openExchange().submitOrder({
      id: 'a',
      decidedAt: MONDAY_NOON + 250,
      terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1, timeInForce: 'FOK' },
    });

    expect(fill?.at).toBe(MONDAY_NOON + 250);
  });
});

describe('a limit or stop order', () => {
  it.each([
    ['limit', 'buy', 110_009],
    ['limit', 'sell', 110_001],
    ['stop', 'buy', 110_011],
    ['stop', 'sell', 109_999],
  ] as const)(
    '(%s to %s at %i) that the market has not reached is cancelled when it may not wait',
    (orderType, side, price) => {
      for (const timeInForce of ['FOK', 'IOC'] as const) {
        expect(submit(openExchange(), { orderType, side, price, timeInForce })[1]).toMatchObject({
          reason: 'no-liquidity',
        });
      }
    },
  );

  it.each([
    ['limit', 'buy', 110_010],
    ['limit', 'buy', 110_500],
    ['limit', 'sell', 110_000],
    ['limit', 'sell', 109_500],
    ['stop', 'buy', 110_010],
    ['stop', 'buy', 109_500],
    ['stop', 'sell', 110_000],
    ['stop', 'sell', 110_500],
  ] as const)(
    '(%s to %s at %i) that the market has reached fills at once, at the market',
    (orderType, side, price) => {
      const transactions = submit(openExchange(), { orderType, side, price, timeInForce: 'GTC' });

      expect(transactions).toMatchObject([
        { type: 'order-created' },
        {
          type: 'order-filled',
          reason: orderType,
          price: side === 'buy' ? 110_010 : 110_000,
          slippageCost: 0,
        },
      ]);
    },
  );

  it.each([
    // type, side, price | a quote that leaves it resting | a quote that fills it | at
    ['limit', 'buy', 109_900, [109_891, 109_901], [109_880, 109_890], 109_890],
    ['limit', 'sell', 110_100, [110_099, 110_109], [110_120, 110_130], 110_120],
    ['stop', 'buy', 110_100, [110_089, 110_099], [110_110, 110_120], 110_120],
    ['stop', 'sell', 109_900, [109_901, 109_911], [109_880, 109_890], 109_880],
  ] as const)(
    '(%s to %s at %i) rests until the market reaches it',
    (orderType, side, price, short, through, filledAt) => {
      const exchange = openExchange();
      expect(submit(exchange, { orderType, side, price, timeInForce: 'GTC' })).toHaveLength(1);

      expect(quoteAt(exchange, short[0], short[1])).toEqual([]);
      const transactions = quoteAt(exchange, through[0], through[1]);

      expect(transactions).toMatchObject([
        {
          type: 'order-filled',
          id: 4,
          batchId: 4,
          orderId: 3,
          clientOrderId: 'a',
          reason: orderType,
          price: filledAt,
        },
      ]);
      expect(quoteAt(exchange, through[0], through[1])).toEqual([]);
    },
  );

  it('fills exactly when the price is touched', () => {
    const exchange = openExchange();
    submit(exchange, { orderType: 'limit', price: 109_900, timeInForce: 'GTC' });

    expect(quoteAt(exchange, 109_890, 109_900)).toMatchObject([{ price: 109_900 }]);
  });

  it('fills at the gap when a stop is jumped over, and states what that cost', () => {
    const exchange = openExchange(2);
    submit(exchange, { orderType: 'stop', side: 'sell', price: 109_900, timeInForce: 'GTC' });

    const [fill] = quoteAt(exchange, 109_800, 109_810);

    // 102 points worse than the trigger: 100 of the gap and 2 of slippage, on 1000 units.
    expect(fill).toMatchObject({ price: 109_798, slippageCost: 10_200 });
  });

  it('never gives slippage to a limit', () => {
    const exchange = openExchange(5);
    submit(exchange, { orderType: 'limit', price: 109_900, timeInForce: 'GTC' });

    expect(quoteAt(exchange, 109_880, 109_890)[0]).toMatchObject({ price: 109_890, slippageCost: 0 });
  });

  it('is cancelled when the gap takes a stop beyond its bound', () => {
    const exchange = openExchange();
    submit(exchange, { orderType: 'stop', price: 110_100, priceBound: 110_150, timeInForce: 'GTC' });

    expect(quoteAt(exchange, 110_150, 110_160)).toMatchObject([
      { type: 'order-cancelled', id: 4, batchId: 4, orderId: 3, reason: 'bounds-violated' },
    ]);
  });

  it('that is good till a date expires before it can fill', () => {
    const exchange = openExchange();
    submit(exchange, {
      orderType: 'limit',
      price: 109_900,
      timeInForce: 'GTD',
      expiresAt: MONDAY_NOON + 1_000,
    });

    expect(quoteAt(exchange, 109_880, 109_890)).toMatchObject([
      { type: 'order-cancelled', orderId: 3, reason: 'expired' },
    ]);
  });

  it('that is good till a date expires by the clock alone, each at its time', () => {
    const exchange = openExchange();
    const rest = (id: string, expiresAt: number): void => {
      const terms = {
        instrument: 'EUR_USD',
        orderType: 'limit',
        side: 'buy',
        units: 1,
        price: 1,
        timeInForce: 'GTD',
      } as const;
      exchange.submitOrder({ id, decidedAt: MONDAY_NOON, terms: { ...terms, expiresAt } });
    };
    rest('late', MONDAY_NOON + 2_000);
    rest('early', MONDAY_NOON + 1_000);

    expect(exchange.onClock(MONDAY_NOON + 999)).toEqual([]);
    expect(exchange.onClock(MONDAY_NOON + 1_000)).toMatchObject([
      { clientOrderId: 'early', at: MONDAY_NOON + 1_000 },
    ]);
    expect(
      exchange.onQuote({ instrument: 'GBP_USD', at: MONDAY_NOON + 2_000, bid: 1, ask: 2 }),
    ).toMatchObject([{ clientOrderId: 'late', reason: 'expired' }]);
  });

  it('that is good till a date ends when it was to, however late the next quote', () => {
    const exchange = openExchange();
    const rest = (id: string, expiresAt: number): void => {
      const terms = { orderType: 'limit', side: 'buy', units: 1, price: 1, timeInForce: 'GTD' } as const;
      const request = { id, decidedAt: MONDAY_NOON };
      exchange.submitOrder({ ...request, terms: { ...terms, instrument: 'EUR_USD', expiresAt } });
    };
    rest('late', MONDAY_NOON + 2_000);
    rest('early', MONDAY_NOON + 1_000);

    const at = MONDAY_NOON + 3_600_000;
    expect(exchange.onQuote({ instrument: 'EUR_USD', at, bid: 110_000, ask: 110_010 })).toMatchObject([
      { orderId: 4, reason: 'expired', at: MONDAY_NOON + 1_000 },
      { orderId: 3, reason: 'expired', at: MONDAY_NOON + 2_000 },
    ]);
    expect(exchange.snapshot().at).toBe(at);
  });

  it('fills the oldest first when one jump triggers several', () => {
    const exchange = openExchange();
    const rest = (id: string, price: number): void => {
      const terms = {
        instrument: 'EUR_USD',
        orderType: 'limit',
        side: 'buy',
        units: 1,
        price,
        timeInForce: 'GTC',
      } as const;
      exchange.submitOrder({ id, decidedAt: MONDAY_NOON, terms });
    };
    rest('deep', 109_000);
    rest('near', 109_900);

    expect(quoteAt(exchange, 108_000, 108_010)).toMatchObject([
      { clientOrderId: 'deep', price: 108_010, batchId: 5 },
      { clientOrderId: 'near', price: 108_010, batchId: 6 },
    ]);
  });
});
