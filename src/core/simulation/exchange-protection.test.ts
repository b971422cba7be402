/** Take profit, stop loss and trailing stop: how they come, follow, fill, change and go. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { OrderTerms, Protection, ProtectionRequest } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

const COSTS = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 };

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010. */
function openExchange(): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  quoteAt(exchange, 110_000, 110_010);
  return exchange;
}

/** Order 3 and position 4 (with an empty protection), then protective orders from 5 on. */
function enter(exchange: Exchange, protection: Partial<OrderTerms>): readonly Transaction[] {
  return exchange.submitOrder({
    id: 'entry',
    decidedAt: MONDAY_NOON,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1_000,
      timeInForce: 'FOK',
      ...protection,
    },
  });
}

const quoteAt = (exchange: Exchange, bid: number, ask: number): readonly Transaction[] =>
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid, ask });

const change = (exchange: Exchange, request: Partial<ProtectionRequest>): readonly Transaction[] =>
  exchange.changeProtection({ brokerPositionId: 4, decidedAt: MONDAY_NOON, ...request });

const protectionOf = (exchange: Exchange): Protection => {
  const { takeProfit, stopLoss, trailingDistance } = exchange.ledger.openPositions.get(4) ?? {};
  return { takeProfit, stopLoss, trailingDistance };
};

describe('the lifetime of protection', () => {
  const expiresAt = MONDAY_NOON + 60_000;
  const lifetimes = { stop_loss: { timeInForce: 'GTD', expiresAt } } as const;

  it('is that which the entry names for it, and good till cancelled for the rest', () => {
    const exchange = openExchange();

    const written = enter(exchange, {
      stopLoss: 109_000,
      takeProfit: 111_000,
      protectionLifetimes: lifetimes,
    });

    expect(written.slice(2)).toMatchObject([
      { terms: { orderType: 'take_profit', timeInForce: 'GTC' } },
      { terms: { orderType: 'stop_loss', timeInForce: 'GTD', expiresAt } },
    ]);
    expect(exchange.onClock(expiresAt)).toMatchObject([{ type: 'order-cancelled', reason: 'expired' }]);
    expect(protectionOf(exchange)).toEqual({ takeProfit: 111_000 });
  });

  it('is that which a change names', () => {
    const exchange = openExchange();
    enter(exchange, {});

    change(exchange, { stopLoss: 109_000, lifetimes });

    expect(exchange.nextClockAt).toBe(expiresAt);
  });

  it.each([
    ['take_profit', { takeProfit: 111_000 }, 'take-profit-expired'],
    ['stop_loss', { stopLossDistance: 100 }, 'stop-loss-expired'],
    ['trailing_stop', { trailingDistance: 100 }, 'trailing-stop-expired'],
  ] as const)(
    'of a %s is not over when its entry fills: that is cancelled then',
    (orderType, level, reason) => {
      const protectionLifetimes = { [orderType]: lifetimes.stop_loss };
      const limit = { orderType: 'limit', price: 109_500, timeInForce: 'GTC', protectionLifetimes } as const;
      const early = openExchange();
      const late = openExchange();
      enter(early, { ...limit, ...level });
      enter(late, { ...limit, ...level });
      const fall = { instrument: 'EUR_USD', bid: 109_490, ask: 109_500 };

      expect(early.onQuote({ ...fall, at: expiresAt - 1 })[0]).toMatchObject({ type: 'order-filled' });
      expect(late.onQuote({ ...fall, at: expiresAt })).toMatchObject([{ type: 'order-cancelled', reason }]);
    },
  );

  it.each([
    [{ timeInForce: 'GTD', expiresAt: MONDAY_NOON }, 'expiry-invalid'],
    [{ timeInForce: 'GTD' }, 'expiry-invalid'],
    [{ timeInForce: 'FOK' }, 'time-in-force-invalid'],
  ] as const)('is never %j', (lifetime, reason) => {
    const exchange = openExchange();
    enter(exchange, {});
    const wrong = { take_profit: { timeInForce: 'GTC' }, stop_loss: lifetime } as const;

    const entry = enter(exchange, { stopLoss: 109_000, takeProfit: 111_000, protectionLifetimes: wrong });
    const changed = change(exchange, { stopLoss: 109_000, takeProfit: 111_000, lifetimes: wrong });

    for (const written of [entry, changed])
      expect(written).toMatchObject([{ type: 'order-rejected', reason }]);
    expect(protectionOf(exchange)).toEqual({});
  });
});

describe('protection that comes with an entry', () => {
  it.each([
    // A long closes at the bid, 110000, and was bought at 110010; a short closes at the ask, and was sold at 110000.
    ['buy', { stopLoss: 110_000 }, 'stop-loss-on-wrong-side'],
    ['buy', { stopLoss: 110_500 }, 'stop-loss-on-wrong-side'],
    ['sell', { stopLoss: 110_010 }, 'stop-loss-on-wrong-side'],
    ['buy', { takeProfit: 110_010 }, 'take-profit-on-wrong-side'],
    ['sell', { takeProfit: 110_000 }, 'take-profit-on-wrong-side'],
    ['sell', { takeProfit: 111_000 }, 'take-profit-on-wrong-side'],
  ] as const)('cancels a %s with %j', (side, protection, reason) => {
    const exchange = openExchange();

    expect(enter(exchange, { side, ...protection })).toMatchObject([
      { type: 'order-created', id: 3 },
      { type: 'order-cancelled', id: 4, batchId: 3, orderId: 3, reason },
    ]);
    expect(exchange.ledger.openPositions.size).toBe(0);
  });

  it('is judged where a resting order fills', () => {
    const exchange = openExchange();
    enter(exchange, { orderType: 'stop', price: 110_100, takeProfit: 110_150, timeInForce: 'GTC' });

    expect(quoteAt(exchange, 110_200, 110_210)).toMatchObject([
      { type: 'order-cancelled', orderId: 3, reason: 'take-profit-on-wrong-side' },
    ]);
  });

  it('is created after the fill in the order take profit, stop loss, trailing stop', () => {
    const exchange = openExchange();
    const created = {
      type: 'order-created',
      batchId: 3,
      reason: 'on-fill',
      brokerPositionId: 4,
    };
    const closing = { instrument: 'EUR_USD', side: 'sell', units: 1_000, timeInForce: 'GTC' };

    const transactions = enter(exchange, { takeProfit: 111_000, stopLoss: 109_000, trailingDistance: 300 });

    expect(transactions.slice(1)).toMatchObject([
      { type: 'order-filled', id: 4, openedUnits: 1_000 },
      { ...created, id: 5, terms: { ...closing, orderType: 'take_profit', price: 111_000 } },
      { ...created, id: 6, terms: { ...closing, orderType: 'stop_loss', price: 109_000 } },
      { ...created, id: 7, terms: { ...closing, orderType: 'trailing_stop', trailingDistance: 300 } },
    ]);
    expect(protectionOf(exchange)).toEqual({ takeProfit: 111_000, stopLoss: 109_000, trailingDistance: 300 });
    expect([...exchange.ledger.openOrders.values()].map(({ createdBy }) => createdBy)).toEqual(
      Array(3).fill('broker'),
    );
  });

  it('is not created, and not judged, when the order only reduces', () => {
    const exchange = openExchange();
    enter(exchange, {});

    const transactions = exchange.submitOrder({
      id: 'reduce',
      decidedAt: MONDAY_NOON,
      terms: {
        instrument: 'EUR_USD',
        orderType: 'market',
        side: 'sell',
        units: 400,
        timeInForce: 'FOK',
        stopLoss: 1,
      },
    });

    expect(transactions.map(({ type }) => type)).toEqual(['order-created', 'order-filled']);
  });
});

describe('a protective order', () => {
  it.each([
    // side | protection | a quote that leaves it | a quote that fills it | at | reason
    ['buy', { takeProfit: 110_500 }, [110_499, 110_509], [110_520, 110_530], 110_520, 'take_profit'],
    ['sell', { takeProfit: 109_500 }, [109_491, 109_501], [109_480, 109_490], 109_490, 'take_profit'],
    ['buy', { stopLoss: 109_500 }, [109_501, 109_511], [109_480, 109_490], 109_480, 'stop_loss'],
    ['sell', { stopLoss: 110_500 }, [110_489, 110_499], [110_520, 110_530], 110_530, 'stop_loss'],
    ['buy', { trailingDistance: 500 }, [109_501, 109_511], [109_480, 109_490], 109_480, 'trailing_stop'],
    ['sell', { trailingDistance: 500 }, [110_499, 110_509], [110_520, 110_530], 110_530, 'trailing_stop'],
  ] as const)(
    'of a %s with %j fills on its own side of the market',
    (side, protection, short, through, price, reason) => {
      const exchange = openExchange();
      enter(exchange, { side, ...protection });

      expect(quoteAt(exchange, short[0], short[1])).toEqual([]);
      const transactions = quoteAt(exchange, through[0], through[1]);

      expect(transactions).toMatchObject([
        {
          type: 'order-filled',
          id: 6,
          batchId: 6,
          orderId: 5,
          reason,
          price,
          units: 1_000,
          openedUnits: 0,
          closed: [{ brokerPositionId: 4 }],
        },
      ]);
      expect(exchange.ledger.openPositions.size).toBe(0);
      expect(exchange.ledger.openOrders.size).toBe(0);
    },
  );

  it('takes the others of its position with it, in its batch', () => {
    const exchange = openExchange();
    enter(exchange, { takeProfit: 111_000, stopLoss: 109_000, trailingDistance: 3_000 });

    expect(quoteAt(exchange, 109_000, 109_010)).toMatchObject([
      { type: 'order-filled', id: 8, batchId: 8, orderId: 6, reason: 'stop_loss' },
      { type: 'order-cancelled', id: 9, batchId: 8, orderId: 5, reason: 'linked-position-closed' },
      { type: 'order-cancelled', id: 10, batchId: 8, orderId: 7, reason: 'linked-position-closed' },
    ]);
  });

  it('stays when its position is reduced, and closes what is left', () => {
    const exchange = openExchange();
    enter(exchange, { stopLoss: 109_000 });

    const reduced = exchange.closePosition({
      id: 'c',
      brokerPositionId: 4,
      units: 300,
      decidedAt: MONDAY_NOON,
    });
    expect(reduced.map(({ type }) => type)).toEqual(['order-created', 'order-filled']);

    expect(quoteAt(exchange, 108_990, 109_000)).toMatchObject([
      { orderId: 5, units: 700, reason: 'stop_loss' },
    ]);
  });
});

describe('a trailing stop', () => {
  it('follows the best price of its side and never comes back', () => {
    const exchange = openExchange();
    enter(exchange, { trailingDistance: 300 });

    expect(quoteAt(exchange, 110_400, 110_410)).toEqual([]);
    expect(quoteAt(exchange, 110_200, 110_210)).toEqual([]);
    expect(quoteAt(exchange, 110_101, 110_111)).toEqual([]);

    expect(quoteAt(exchange, 110_100, 110_110)).toMatchObject([{ reason: 'trailing_stop', price: 110_100 }]);
  });

  it('follows down for a short', () => {
    const exchange = openExchange();
    enter(exchange, { side: 'sell', trailingDistance: 300 });

    expect(quoteAt(exchange, 109_590, 109_600)).toEqual([]);
    expect(quoteAt(exchange, 109_889, 109_899)).toEqual([]);

    expect(quoteAt(exchange, 109_890, 109_900)).toMatchObject([{ reason: 'trailing_stop', price: 109_900 }]);
  });

  it('starts from where the market is when it is set later', () => {
    const exchange = openExchange();
    enter(exchange, {});
    quoteAt(exchange, 110_400, 110_410);
    quoteAt(exchange, 110_200, 110_210);

    change(exchange, { trailingDistance: 100 });

    expect(exchange.saveState().trailingLevels).toEqual([{ orderId: 5, level: 110_100 }]);
  });
});

describe('the level of a trailing stop', () => {
  /** The log of a long whose trailing stop was set after the price had fallen, and the exchange's state as saved before that. */
  function setLate() {
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    const log = [...exchange.openAccount(100_000_000, MONDAY_NOON)];
    quoteAt(exchange, 110_000, 110_010);
    log.push(...enter(exchange, {}));
    quoteAt(exchange, 109_800, 109_810);
    const saved = exchange.saveState();
    log.push(...change(exchange, { trailingDistance: 100 }));
    return { exchange, log, saved };
  }
  function restarted(log: readonly Transaction[], saved: ReturnType<Exchange['saveState']>): Exchange {
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    exchange.replay(log);
    exchange.restoreState(saved);
    return exchange;
  }

  it('is in the log, so that a restart finds one that was not saved', () => {
    const { exchange, log, saved } = setLate();

    const next = restarted(log, saved);

    expect(log.at(-1)).toMatchObject({ type: 'order-created', trailingLevel: 109_700 });
    expect(next.saveState()).toEqual(exchange.saveState());
    expect(quoteAt(next, 109_850, 109_860)).toEqual([]);
  });

  it('starts from the newest fill in a log that does not say it', () => {
    const { log, saved } = setLate();
    const old = log.map((entry) => {
      if (entry.type !== 'order-created') return entry;
      const { trailingLevel: _, ...rest } = entry;
      return rest;
    });

    expect(restarted(old, saved).saveState().trailingLevels).toEqual([{ orderId: 5, level: 109_900 }]);
  });
});

describe('a change of protection', () => {
  it.each([
    [{ brokerPositionId: 5 }, 'position-unknown'],
    [{ takeProfit: 0 }, 'price-invalid'],
    [{ stopLossDistance: 110_010 }, 'price-invalid'],
    [{ takeProfit: 111_000, stopLoss: 0.5 }, 'price-precision-exceeded'],
    [{ trailingDistance: 49 }, 'trailing-distance-minimum-not-met'],
    [{ stopLoss: 109_000, trailingDistance: 100_001 }, 'trailing-distance-maximum-exceeded'],
  ])('to %j is rejected as a whole', (request, reason) => {
    const exchange = openExchange();
    enter(exchange, { stopLoss: 108_000 });

    expect(change(exchange, request)).toEqual([
      { id: 6, batchId: 6, at: MONDAY_NOON, type: 'order-rejected', reason },
    ]);
    expect(protectionOf(exchange)).toMatchObject({ stopLoss: 108_000 });
  });

  it('writes nothing when nothing is to change', () => {
    const exchange = openExchange();
    enter(exchange, {});

    expect(change(exchange, {})).toEqual([]);
    expect(change(exchange, { stopLoss: null })).toEqual([]);
  });

  it('creates what was not there', () => {
    const exchange = openExchange();
    enter(exchange, {});

    expect(change(exchange, { takeProfit: 111_000, stopLoss: 109_000 })).toMatchObject([
      {
        type: 'order-created',
        id: 5,
        batchId: 5,
        reason: 'client',
        brokerPositionId: 4,
        terms: { orderType: 'take_profit', price: 111_000 },
      },
      {
        type: 'order-created',
        id: 6,
        batchId: 5,
        reason: 'client',
        brokerPositionId: 4,
        terms: { orderType: 'stop_loss', price: 109_000 },
      },
    ]);
  });

  it('replaces, removes and leaves alone', () => {
    const exchange = openExchange();
    enter(exchange, { takeProfit: 111_000, stopLoss: 109_000, trailingDistance: 2_000 });

    expect(change(exchange, { takeProfit: null, stopLoss: 109_500 })).toMatchObject([
      { type: 'order-cancelled', id: 8, batchId: 8, orderId: 5, reason: 'client-request' },
      { type: 'order-cancelled', id: 9, batchId: 8, orderId: 6, reason: 'replaced' },
      {
        type: 'order-created',
        id: 10,
        batchId: 8,
        reason: 'replacement',
        terms: { orderType: 'stop_loss', price: 109_500 },
      },
    ]);
    expect(protectionOf(exchange)).toEqual({
      takeProfit: undefined,
      stopLoss: 109_500,
      trailingDistance: 2_000,
    });
  });

  it('protects the units that are left', () => {
    const exchange = openExchange();
    enter(exchange, {});
    exchange.closePosition({ id: 'c', brokerPositionId: 4, units: 300, decidedAt: MONDAY_NOON });

    expect(change(exchange, { stopLoss: 109_000 })).toMatchObject([{ terms: { units: 700 } }]);
  });

  it.each([
    [{ stopLoss: 110_000 }, 'stop_loss'],
    [{ takeProfit: 110_000 }, 'take_profit'],
    [{ takeProfit: 90_000 }, 'take_profit'],
  ])('to %j, which the market has passed, fills at once', (request, reason) => {
    const exchange = openExchange();
    enter(exchange, { trailingDistance: 1_000 });

    expect(change(exchange, request)).toMatchObject([
      { type: 'order-created', id: 6, batchId: 6, reason: 'client' },
      { type: 'order-filled', id: 7, batchId: 6, orderId: 6, reason, price: 110_000, slippageCost: 0 },
      { type: 'order-cancelled', id: 8, batchId: 6, orderId: 5, reason: 'linked-position-closed' },
    ]);
  });
});
