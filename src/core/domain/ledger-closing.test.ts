import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { closeLots } from './ledger-closing.ts';
import { netResult } from './trade.ts';
import type { Position } from './position.ts';
import type { ClosedLot, OrderFilled } from './transaction.ts';

const position = (brokerPositionId: number, openUnits: number, costs: number): Position => ({
  brokerPositionId,
  orderId: brokerPositionId - 1,
  instrument: 'EUR_USD',
  side: 'long',
  initialUnits: openUnits,
  openUnits,
  entryPrice: 110_000,
  entrySpreadCost: costs,
  entrySlippageCost: costs,
  entryCommission: costs,
  realizedPnl: 0,
  financing: 0,
  accruedFinancing: 0,
  openedAt: 1,
});

const fillOf = (closed: readonly ClosedLot[], openedUnits: number, costs: number): OrderFilled => ({
  id: 100,
  batchId: 100,
  at: 5,
  type: 'order-filled',
  orderId: 99,
  instrument: 'EUR_USD',
  side: 'sell',
  units: closed.reduce((sum, { units }) => sum + units, openedUnits),
  price: 110_100,
  bid: 110_100,
  ask: 110_110,
  reason: 'market',
  openedUnits,
  closed,
  commission: costs,
  spreadCost: costs,
  slippageCost: costs,
  balance: 0,
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('closeLots', () => {
  it('refuses to close a position that is not open', () => {
    const fill = fillOf(
      [{ brokerPositionId: 4, units: 1, realizedPnl: 0, financing: 0, conversionCost: 0 }],
      0,
      0,
    );

    expect(() => closeLots(fill, undefined, new Map())).toThrow(InvariantError);
  });

  it('names the strategy of the closing order when the position has none', () => {
    const fill = fillOf(
      [{ brokerPositionId: 4, units: 1, realizedPnl: 0, financing: 0, conversionCost: 0 }],
      0,
      0,
    );
    const lots = (strategyId?: string) => new Map([[4, { ...position(4, 1, 0), strategyId }]]);

    expect(closeLots(fill, 'closing', lots()).trades[0]?.strategyId).toBe('closing');
    expect(closeLots(fill, 'closing', lots('opening')).trades[0]?.strategyId).toBe('opening');
  });

  it('gives the trade what the fill and the lot say', () => {
    const lot = { brokerPositionId: 4, units: 30, realizedPnl: 300, financing: -7, conversionCost: 2 };

    const { trades } = closeLots(fillOf([lot], 0, 9), undefined, new Map([[4, position(4, 40, 8)]]));

    expect(trades).toEqual([
      {
        transactionId: 100,
        brokerPositionId: 4,
        closingOrderId: 99,
        strategyId: undefined,
        instrument: 'EUR_USD',
        side: 'long',
        units: 30,
        entryPrice: 110_000,
        exitPrice: 110_100,
        realizedPnl: 300,
        financing: -7,
        conversionCost: 2,
        spreadCost: 6 + 9,
        slippageCost: 6 + 9,
        commission: 6 + 9,
        exitReason: 'market',
        openedAt: 1,
        closedAt: 5,
      },
    ]);
    expect(trades.map(netResult)).toEqual([300 - 7 - 15]);
  });

  it('shares costs so that nothing of them is lost or added', () => {
    const lots = fc.array(
      fc.record({
        open: fc.integer({ min: 1, max: 10_000 }),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
        costs: fc.nat(5_000),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(lots, fc.nat(1_000), fc.nat(5_000), (drawn, openedUnits, costs) => {
        const positions = drawn.map(({ open, costs: entryCosts }, index) =>
          position(index + 1, open, entryCosts),
        );
        const closed = drawn.map(({ open, part }, index) => ({
          brokerPositionId: index + 1,
          units: Math.max(1, Math.round(open * part)),
          realizedPnl: index,
          financing: 0,
          conversionCost: 0,
        }));

        const closing = closeLots(
          fillOf(closed, openedUnits, costs),
          undefined,
          new Map(positions.map((open) => [open.brokerPositionId, open])),
        );

        const entryCosts = sum(positions.map(({ entryCommission }) => entryCommission));
        const remaining = sum(closing.positions.map(({ entryCommission }) => entryCommission));
        const onTrades = sum(closing.trades.map(({ commission }) => commission));
        expect(onTrades + remaining).toBe(entryCosts + closing.commission);
        if (openedUnits === 0) expect(closing.commission).toBe(costs);
        expect(closing.commission).toBeLessThanOrEqual(costs);
        expect(sum(closing.trades.map(({ units }) => units))).toBe(sum(closed.map(({ units }) => units)));
        expect(closing.realizedPnl).toBe(sum(closed.map(({ realizedPnl }) => realizedPnl)));
        for (const trade of closing.trades) expect(trade.slippageCost).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
