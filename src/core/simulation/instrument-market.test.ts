import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { midPoints } from '../domain/quote.ts';
import { InstrumentMarket } from './instrument-market.ts';
import { isTriggered, restingOrderOf, trail } from './resting-order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderSide, OrderType } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { RestingOrder } from './resting-order.ts';

const quoteOf = (bid: number, spread: number): Quote => ({
  instrument: 'EUR_USD',
  at: 0,
  bid,
  ask: bid + spread,
});

function resting(
  orderId: number,
  orderType: OrderType,
  side: OrderSide,
  level: number,
): RestingOrder | undefined {
  const place = orderType === 'trailing_stop' ? { trailingDistance: level } : { price: level };
  const order: LedgerOrder = {
    orderId,
    createdBy: 'broker',
    terms: { instrument: 'EUR_USD', orderType, side, units: 1, timeInForce: 'GTC', ...place },
    status: 'accepted',
    filledUnits: 0,
    createdAt: 0,
  };
  return restingOrderOf(order, quoteOf(1_000, 4));
}

const drawnOrder = fc.record({
  orderType: fc.constantFrom<OrderType>('limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop'),
  side: fc.constantFrom<OrderSide>('buy', 'sell'),
  near: fc.integer({ min: 1, max: 60 }),
});

describe('InstrumentMarket', () => {
  it('takes no quote for quiet before it has settled', () => {
    expect(new InstrumentMarket('forex').isQuiet(quoteOf(1_000, 4))).toBe(false);
  });

  it('takes no quote for quiet while no one has looked at the margin', () => {
    const market = new InstrumentMarket('forex');
    market.settle();

    expect(market.isQuiet(quoteOf(1_000, 4))).toBe(false);
    expect(market.isWithinMarginBand(quoteOf(1_000, 4))).toBe(false);
  });

  it('knows no market order: it does not rest', () => {
    expect(resting(1, 'market', 'buy', 1)).toBeUndefined();
  });

  it('has to settle again when an order comes or goes', () => {
    const market = new InstrumentMarket('forex');
    market.setMarginBand({ low: -Infinity, high: Infinity });
    market.settle();
    expect(market.isQuiet(quoteOf(1_000, 4))).toBe(true);

    market.remove(1);
    expect(market.isQuiet(quoteOf(1_000, 4))).toBe(false);
  });

  it('takes a quote for quiet only when it triggers nothing, moves no trailing stop and is within the margin band', () => {
    const drawnQuote = fc.record({ bid: fc.integer({ min: 900, max: 1_100 }), spread: fc.nat(30) });
    const band = fc.record({
      low: fc.integer({ min: 900, max: 1_000 }),
      high: fc.integer({ min: 1_001, max: 1_100 }),
    });
    fc.assert(
      fc.property(
        fc.array(drawnOrder, { maxLength: 4 }),
        drawnQuote,
        band,
        (drawn, { bid, spread }, margin) => {
          const market = new InstrumentMarket('forex');
          const orders = drawn.flatMap(({ orderType, side, near }, index) => {
            const waitsForFall = (orderType === 'limit' || orderType === 'take_profit') === (side === 'buy');
            const level = orderType === 'trailing_stop' ? near : 1_002 + (waitsForFall ? -near : near);
            return resting(index, orderType, side, level) ?? [];
          });
          for (const order of orders) market.add(order);
          market.setMarginBand(margin);
          market.settle();
          const quote = quoteOf(bid, spread);
          const isQuiet = market.isQuiet(quote);

          const triggersBefore = orders.map(({ trigger }) => trigger);
          const triggers = orders.some((order) => isTriggered(order, quote));
          for (const order of orders) trail(order, quote);
          const moves = orders.some(({ trigger }, index) => trigger !== triggersBefore[index]);
          const leavesBand = bid <= margin.low || quote.ask >= margin.high;

          expect(isQuiet).toBe(!triggers && !moves && !leavesBand);
          if (isQuiet) expect(market.isWithinMarginBand(quote)).toBe(true);
          expect(market.isWithinMarginBand(quote)).toBe(
            midPoints(quote) > margin.low && midPoints(quote) < margin.high,
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
