/** Netting, hedging and closing: which lots a fill closes and what it opens. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { CloseRequest, OrderSide } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010. */
function openExchange(hedging = false): Exchange {
  const costs = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 };
  const exchange = new Exchange({ currency: 'USD', costs, hedging });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_000, ask: 110_010 });
  return exchange;
}

function trade(
  exchange: Exchange,
  side: OrderSide,
  units: number,
  stopLoss?: number,
): readonly Transaction[] {
  const id = `order-${exchange.ledger.lastTransactionId + 1}`;
  const terms = {
    instrument: 'EUR_USD',
    orderType: 'market',
    side,
    units,
    timeInForce: 'FOK',
    stopLoss,
  } as const;
  return exchange.submitOrder({ id, decidedAt: MONDAY_NOON, terms });
}

const close = (exchange: Exchange, request: Partial<CloseRequest>): readonly Transaction[] =>
  exchange.closePosition({ id: 'close', brokerPositionId: 4, decidedAt: MONDAY_NOON, ...request });

const lots = (exchange: Exchange): readonly unknown[] =>
  [...exchange.ledger.openPositions.values()].map(({ brokerPositionId, side, openUnits }) => [
    brokerPositionId,
    side,
    openUnits,
  ]);

describe('a netting account', () => {
  it('keeps a lot for each fill on the same side', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100);
    trade(exchange, 'buy', 200);

    expect(lots(exchange)).toEqual([
      [4, 'long', 100],
      [6, 'long', 200],
    ]);
  });

  it('closes the oldest lots of the other side first, and keeps the protection of those that are left', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100, 109_000);
    trade(exchange, 'buy', 200, 109_000);
    trade(exchange, 'buy', 300);

    expect(trade(exchange, 'sell', 150)).toMatchObject([
      { type: 'order-created', id: 11 },
      {
        type: 'order-filled',
        units: 150,
        openedUnits: 0,
        closed: [
          { brokerPositionId: 4, units: 100 },
          { brokerPositionId: 7, units: 50 },
        ],
      },
      { type: 'order-cancelled', batchId: 11, orderId: 5, reason: 'linked-position-closed' },
    ]);
    expect(lots(exchange)).toEqual([
      [7, 'long', 150],
      [10, 'long', 300],
    ]);
    expect([...exchange.ledger.openOrders.keys()]).toEqual([8]);
  });

  it('opens what is left after closing, with the protection of the order', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100, 109_000);

    expect(trade(exchange, 'sell', 250, 111_000)).toMatchObject([
      { type: 'order-created', id: 6 },
      {
        type: 'order-filled',
        id: 7,
        units: 250,
        openedUnits: 150,
        closed: [{ brokerPositionId: 4, units: 100 }],
      },
      { type: 'order-cancelled', id: 8, orderId: 5, reason: 'linked-position-closed' },
      {
        type: 'order-created',
        id: 9,
        batchId: 6,
        brokerPositionId: 7,
        terms: { side: 'buy', units: 150, price: 111_000 },
      },
    ]);
    expect(lots(exchange)).toEqual([[7, 'short', 150]]);
  });

  it('leaves other instruments alone', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100);
    exchange.onQuote({ instrument: 'GBP_USD', at: MONDAY_NOON, bid: 125_000, ask: 125_010 });

    const terms = {
      instrument: 'GBP_USD',
      orderType: 'market',
      side: 'sell',
      units: 100,
      timeInForce: 'FOK',
    } as const;
    exchange.submitOrder({ id: 'gbp', decidedAt: MONDAY_NOON, terms });

    expect(lots(exchange)).toEqual([
      [4, 'long', 100],
      [6, 'short', 100],
    ]);
  });
});

describe('a hedging account', () => {
  it('opens on either side', () => {
    const exchange = openExchange(true);
    trade(exchange, 'buy', 100);
    trade(exchange, 'sell', 250);

    expect(lots(exchange)).toEqual([
      [4, 'long', 100],
      [6, 'short', 250],
    ]);
  });
});

describe('closing a position', () => {
  it.each([
    [{ brokerPositionId: 3 }, 'position-unknown'],
    [{ units: 0 }, 'units-invalid'],
    [{ units: 1.5 }, 'units-precision-exceeded'],
    [{ units: 101 }, 'close-units-exceed-position'],
  ])('with %j is rejected', (request, reason) => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100);

    expect(close(exchange, request)).toMatchObject([
      { type: 'order-rejected', id: 5, clientOrderId: 'close', reason },
    ]);
    expect(lots(exchange)).toEqual([[4, 'long', 100]]);
  });

  it('is a market order of its own that names the position', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100, 109_000);

    expect(close(exchange, { strategyId: 's' })).toMatchObject([
      {
        type: 'order-created',
        id: 6,
        batchId: 6,
        reason: 'close',
        clientOrderId: 'close',
        strategyId: 's',
        brokerPositionId: 4,
        terms: { instrument: 'EUR_USD', orderType: 'market', side: 'sell', units: 100, timeInForce: 'FOK' },
      },
      {
        type: 'order-filled',
        id: 7,
        orderId: 6,
        clientOrderId: 'close',
        reason: 'close',
        price: 110_000,
        openedUnits: 0,
      },
      { type: 'order-cancelled', id: 8, batchId: 6, orderId: 5, reason: 'linked-position-closed' },
    ]);
    expect(lots(exchange)).toEqual([]);
  });

  it('closes a part, and the lot it names although another is older', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100);
    trade(exchange, 'buy', 200);

    close(exchange, { brokerPositionId: 6, units: 50 });

    expect(lots(exchange)).toEqual([
      [4, 'long', 100],
      [6, 'long', 150],
    ]);
  });

  it('closes one side of a hedged instrument', () => {
    const exchange = openExchange(true);
    trade(exchange, 'buy', 100);
    trade(exchange, 'sell', 250);

    expect(close(exchange, { brokerPositionId: 6 })[1]).toMatchObject({
      side: 'buy',
      price: 110_010,
      units: 250,
    });
    expect(lots(exchange)).toEqual([[4, 'long', 100]]);
  });

  it('never opens anything the second time', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 100);
    close(exchange, {});

    expect(close(exchange, {})).toMatchObject([{ type: 'order-rejected', reason: 'position-unknown' }]);
    expect(lots(exchange)).toEqual([]);
  });
});
