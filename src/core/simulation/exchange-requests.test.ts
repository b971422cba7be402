/** What the exchange refuses, what it cancels, and what it does while the market is closed. */

import { describe, expect, it } from 'vitest';
import { Instruments } from '../domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { InvariantError } from '../shared/assert.ts';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const HOUR_MS = 3_600_000;
// 16:58 and 17:03 in New York: in winter 17:00 is 22:00 UTC.
const FRIDAY_CLOSE = Date.UTC(2024, 0, 12, 21, 58);
const SUNDAY_OPEN = Date.UTC(2024, 0, 14, 22, 3);

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010. */
function openExchange(at = MONDAY_NOON, instruments = PAPER_INSTRUMENTS): Exchange {
  // Holding overnight is not what is looked at here.
  const costs = { ...DEFAULT_COSTS, financing: false };
  const exchange = new Exchange({ currency: 'USD', costs, hedging: false, instruments });
  exchange.openAccount(100_000_000, at);
  exchange.onQuote({ instrument: 'EUR_USD', at, bid: 110_000, ask: 110_010 });
  return exchange;
}

function submit(
  exchange: Exchange,
  terms: Partial<OrderTerms>,
  id = 'a',
  decidedAt = 0,
): readonly Transaction[] {
  const defaults = {
    instrument: 'EUR_USD',
    orderType: 'market',
    side: 'buy',
    units: 1_000,
    timeInForce: 'FOK',
  } as const;
  return exchange.submitOrder({ id, decidedAt, terms: { ...defaults, ...terms } });
}

describe('an exchange', () => {
  it.each([
    { slippagePoints: 0.5 },
    { slippagePoints: -1 },
    { commissionPerMillion: -1 },
    { commissionPerMillion: Number.NaN },
    { conversionMarkup: 0.2 },
    { financing: { longRate: -2.5, shortRate: 0 } },
    { financing: { longRate: 0, shortRate: Number.NaN } },
  ])('is not made with costs of %j', (costs) => {
    const options = { currency: 'USD', costs: { ...DEFAULT_COSTS, ...costs }, hedging: false } as const;

    expect(() => new Exchange(options)).toThrow(InvariantError);
  });

  it('opens its account once', () => {
    const exchange = new Exchange({ currency: 'JPY', costs: DEFAULT_COSTS, hedging: false });

    expect(exchange.openAccount(5_000_000, MONDAY_NOON)).toEqual([
      { id: 1, batchId: 1, at: MONDAY_NOON, type: 'account-opened', currency: 'JPY' },
      {
        id: 2,
        batchId: 1,
        at: MONDAY_NOON,
        type: 'funds-transferred',
        amount: 5_000_000,
        balance: 5_000_000,
      },
    ]);
    expect(() => exchange.openAccount(1, MONDAY_NOON)).toThrow(InvariantError);
  });

  it('takes over the log of its own account only', () => {
    const log = openExchange().transferFunds(1, MONDAY_NOON);
    const yen = new Exchange({ currency: 'JPY', costs: DEFAULT_COSTS, hedging: false }).openAccount(
      1,
      MONDAY_NOON,
    );
    const exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: false });

    expect(() => exchange.replay(log)).toThrow(InvariantError);
    expect(() => exchange.replay(yen)).toThrow(InvariantError);
  });

  it('takes money in and out', () => {
    const exchange = openExchange();

    expect(exchange.transferFunds(-40_000_000, MONDAY_NOON)).toMatchObject([
      { id: 3, amount: -40_000_000, balance: 60_000_000 },
    ]);
    expect(exchange.equity).toBe(60_000_000);
    expect(() => exchange.transferFunds(0.5, MONDAY_NOON)).toThrow(InvariantError);
    const unopened = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: false });
    expect(() => unopened.openAccount(0.5, MONDAY_NOON)).toThrow(InvariantError);
  });
});

describe('an order request', () => {
  it.each<[Partial<OrderTerms>, string]>([
    [{ instrument: 'EUR_EUR' }, 'instrument-unknown'],
    [{ orderType: 'stop_loss', price: 109_000, timeInForce: 'GTC' }, 'position-unknown'],
    [{ units: 0 }, 'units-invalid'],
    [{ units: -5 }, 'units-invalid'],
    [{ units: Number.NaN }, 'units-invalid'],
    [{ units: 1.5 }, 'units-precision-exceeded'],
    [{ units: 100_000_001 }, 'units-limit-exceeded'],
    [{ instrument: 'XAU_USD', units: 50_001 }, 'units-limit-exceeded'],
    [{ instrument: 'XAG_USD', units: 1_000_001 }, 'units-limit-exceeded'],
    [{ orderType: 'limit', timeInForce: 'GTC' }, 'price-missing'],
    [{ orderType: 'stop', timeInForce: 'GTC' }, 'price-missing'],
    [{ orderType: 'limit', price: 0, timeInForce: 'GTC' }, 'price-invalid'],
    [{ orderType: 'limit', price: 110_000.5, timeInForce: 'GTC' }, 'price-precision-exceeded'],
    [{ priceBound: -1 }, 'price-invalid'],
    [{ takeProfit: 0 }, 'price-invalid'],
    [{ stopLoss: Number.NaN }, 'price-invalid'],
    [{ stopLossDistance: 10.5 }, 'price-precision-exceeded'],
    [{ trailingDistance: 0 }, 'trailing-distance-invalid'],
    [{ trailingDistance: 60.5 }, 'trailing-distance-precision-exceeded'],
    [{ trailingDistance: 49 }, 'trailing-distance-minimum-not-met'],
    [{ trailingDistance: 100_001 }, 'trailing-distance-maximum-exceeded'],
    [{ orderType: 'trailing_stop', timeInForce: 'GTC' }, 'trailing-distance-invalid'],
    [{ orderType: 'limit', price: 1, timeInForce: 'GTD' }, 'expiry-invalid'],
    [{ orderType: 'limit', price: 1, timeInForce: 'GTD', expiresAt: MONDAY_NOON }, 'expiry-invalid'],
    [{ timeInForce: 'GTC' }, 'time-in-force-invalid'],
    // Where several things are wrong, the first of this list is reported.
    [{ units: 0, trailingDistance: 1, timeInForce: 'GTC' }, 'units-invalid'],
    [{ orderType: 'limit', takeProfit: 0, timeInForce: 'GTD' }, 'price-missing'],
    [{ trailingDistance: 1, timeInForce: 'GTD' }, 'trailing-distance-minimum-not-met'],
  ])('for %j is rejected: %s', (terms, reason) => {
    const exchange = openExchange();

    expect(submit(exchange, terms)).toEqual([
      { id: 3, batchId: 3, at: MONDAY_NOON, type: 'order-rejected', clientOrderId: 'a', reason },
    ]);
    expect(exchange.ledger.openOrders.size).toBe(0);
  });

  it('may have the most and the least units and trailing distance that its instrument allows', () => {
    const exchange = openExchange();
    const allowed = [
      { units: 100_000_000 },
      { units: 1 },
      { instrument: 'XAU_USD', units: 50_000 },
      { instrument: 'XAG_USD', units: 1_000_000 },
      { trailingDistance: 50 },
      { trailingDistance: 100_000 },
    ];

    const first = allowed.map((terms, index) => submit(exchange, terms, `a${index}`)[0]?.type);

    expect(first).toEqual(allowed.map(() => 'order-created'));
  });

  it('is rejected when it has fewer units than its instrument wants', () => {
    const euro = { ...PAPER_INSTRUMENTS.named('EUR_USD'), minimumUnits: 1_000 };
    const exchange = openExchange(MONDAY_NOON, new Instruments([euro]));

    expect(submit(exchange, { units: 999 })).toMatchObject([{ reason: 'units-minimum-not-met' }]);
    expect(submit(exchange, { units: 1_000 })).toMatchObject([{ type: 'order-created' }, { units: 1_000 }]);
  });

  it('that closes out a net position may have more units than an order that opens', () => {
    const euro = { ...PAPER_INSTRUMENTS.named('EUR_USD'), maximumOrderUnits: 1_000 };
    const exchange = openExchange(MONDAY_NOON, new Instruments([euro]));
    submit(exchange, { units: 1_000 }, 'a');
    submit(exchange, { units: 1_000 }, 'b');
    const closing = { side: 'sell', units: 2_000 } as const;

    expect(submit(exchange, closing, 'c')).toMatchObject([{ reason: 'units-limit-exceeded' }]);
    expect(submit(exchange, { ...closing, positionFill: 'REDUCE_ONLY' }, 'd')).toMatchObject([
      { type: 'order-created' },
      { type: 'order-filled', units: 2_000, openedUnits: 0 },
    ]);
  });

  it('is rejected when its id is that of an order that rests', () => {
    const exchange = openExchange();
    submit(exchange, { orderType: 'limit', price: 109_000, timeInForce: 'GTC' });

    expect(submit(exchange, {})).toMatchObject([
      { type: 'order-rejected', id: 4, reason: 'client-order-id-taken' },
    ]);
  });

  it('fills again under the id of a filled order, as the broker does: guarding against that is not its work', () => {
    const exchange = openExchange();

    expect(submit(exchange, {})[1]?.type).toBe('order-filled');
    expect(submit(exchange, {})[1]?.type).toBe('order-filled');
  });

  it('to close is rejected, too, when its id is that of an order that rests', () => {
    const exchange = openExchange();
    submit(exchange, {});
    submit(exchange, { orderType: 'limit', price: 109_000, timeInForce: 'GTC' }, 'b');

    expect(exchange.closePosition({ id: 'b', brokerPositionId: 4, decidedAt: 0 })).toMatchObject([
      { type: 'order-rejected', reason: 'client-order-id-taken' },
    ]);
  });
});

describe('cancelling', () => {
  it('is refused for an order that does not rest', () => {
    const exchange = openExchange();
    submit(exchange, {});

    expect(exchange.cancelOrder(3, 0)).toEqual([
      { id: 5, batchId: 5, at: MONDAY_NOON, type: 'cancel-rejected', orderId: 3 },
    ]);
  });

  it('ends an order that rests', () => {
    const exchange = openExchange();
    submit(exchange, { orderType: 'limit', price: 109_000, timeInForce: 'GTC' });

    expect(exchange.cancelOrder(3, MONDAY_NOON + 5)).toEqual([
      {
        id: 4,
        batchId: 4,
        at: MONDAY_NOON + 5,
        type: 'order-cancelled',
        orderId: 3,
        clientOrderId: 'a',
        reason: 'client-request',
      },
    ]);
    expect(exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 108_000, ask: 108_010 })).toEqual(
      [],
    );
  });
});

describe('while the market is closed', () => {
  it('market orders and closes are cancelled', () => {
    const exchange = openExchange(FRIDAY_CLOSE - 1);
    submit(exchange, {});
    const halted = [{ type: 'order-created' }, { type: 'order-cancelled', reason: 'market-halted' }];

    expect(submit(exchange, {}, 'b', FRIDAY_CLOSE)).toMatchObject(halted);
    expect(
      exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: SUNDAY_OPEN - 1 }),
    ).toMatchObject(halted);
    expect(submit(exchange, { orderType: 'limit', price: 120_000 }, 'd')).toMatchObject(halted);
  });

  it('orders may be made, changed and cancelled, but nothing fills', () => {
    const exchange = openExchange(FRIDAY_CLOSE - 1);
    submit(exchange, {});
    exchange.onClock(FRIDAY_CLOSE);

    expect(submit(exchange, { orderType: 'limit', price: 120_000, timeInForce: 'GTC' }, 'b')).toHaveLength(1);
    expect(exchange.changeProtection({ brokerPositionId: 4, stopLoss: 115_000, decidedAt: 0 })).toHaveLength(
      1,
    );
    expect(exchange.onQuote({ instrument: 'EUR_USD', at: FRIDAY_CLOSE + HOUR_MS, bid: 1, ask: 2 })).toEqual(
      [],
    );
    expect(exchange.cancelOrder(5, 0)).toMatchObject([{ type: 'order-cancelled' }]);
  });

  it('orders still expire', () => {
    const exchange = openExchange(FRIDAY_CLOSE - 1);
    submit(exchange, { orderType: 'limit', price: 1, timeInForce: 'GTD', expiresAt: FRIDAY_CLOSE + HOUR_MS });

    expect(exchange.onClock(FRIDAY_CLOSE + HOUR_MS)).toMatchObject([{ reason: 'expired' }]);
  });

  it('a stop waits and then fills at the gap of the first quote', () => {
    const exchange = openExchange(FRIDAY_CLOSE - 1);
    submit(exchange, { stopLoss: 109_500 });
    exchange.onQuote({ instrument: 'EUR_USD', at: FRIDAY_CLOSE, bid: 109_000, ask: 109_010 });

    expect(
      exchange.onQuote({ instrument: 'EUR_USD', at: SUNDAY_OPEN, bid: 108_000, ask: 108_050 }),
    ).toMatchObject([{ type: 'order-filled', reason: 'stop_loss', price: 108_000, at: SUNDAY_OPEN }]);
  });

  it("Friday's price is not tradable when the market has opened again", () => {
    const exchange = openExchange(FRIDAY_CLOSE - 1);

    expect(submit(exchange, {}, 'a', SUNDAY_OPEN)[1]).toMatchObject({ reason: 'market-halted' });
    expect(
      exchange.onQuote({ instrument: 'EUR_USD', at: FRIDAY_CLOSE - 1, bid: 110_001, ask: 110_011 }),
    ).toEqual([]);
    expect(submit(exchange, {}, 'b')[1]).toMatchObject({ reason: 'market-halted' });

    exchange.onQuote({ instrument: 'EUR_USD', at: SUNDAY_OPEN, bid: 110_100, ask: 110_110 });

    expect(submit(exchange, {}, 'c')[1]).toMatchObject({ price: 110_110 });
  });
});

describe('time', () => {
  it('never runs back', () => {
    const exchange = openExchange();
    exchange.onClock(MONDAY_NOON + 500);
    exchange.onClock(MONDAY_NOON + 100);
    exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON + 200, bid: 110_000, ask: 110_010 });

    expect(submit(exchange, {}, 'a', MONDAY_NOON + 300).map(({ at }) => at - MONDAY_NOON)).toEqual([
      500, 500,
    ]);
  });
});
