import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { LotCourse } from './lot-course.ts';
import type { PositionSide } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';

const AT = Date.UTC(2024, 0, 3, 12);

function openLot(side: PositionSide): LotCourse {
  const position = {
    brokerPositionId: 7,
    instrument: 'EUR_USD',
    side,
    initialUnits: 1_000,
    openUnits: 1_000,
    entryPrice: 110_000,
    entrySpreadCost: 0,
    entrySlippageCost: 0,
    entryCommission: 0,
    realizedPnl: 0,
    financing: 0,
    accruedFinancing: 0,
    openedAt: AT,
  };
  return new LotCourse(position, {
    instruments: PAPER_INSTRUMENTS,
    currency: 'USD',
    markup: 0,
    rateOf: () => 1,
  });
}

function quote(bid: number, ask: number): Quote {
  return { instrument: 'EUR_USD', at: AT, bid, ask };
}

describe('LotCourse', () => {
  it.each([
    { side: 'long', worst: quote(109_990, 110_000), best: quote(110_020, 110_030) },
    { side: 'short', worst: quote(110_000, 110_010), best: quote(109_970, 109_980) },
  ] as const)('would keep quotes beyond the worst and the best of a $side lot only', (seen) => {
    const lot = openLot(seen.side);
    const step = seen.side === 'long' ? 1 : -1;
    const moved = ({ bid, ask }: Quote, points: number) => quote(bid + points, ask + points);

    expect([lot.wouldKeep(seen.worst), lot.wouldKeep(seen.best)]).toEqual([true, true]);
    lot.observe(seen.worst);
    lot.observe(seen.best);

    expect([lot.wouldKeep(seen.worst), lot.wouldKeep(seen.best)]).toEqual([false, false]);
    expect(lot.wouldKeep(moved(seen.worst, -step))).toBe(true);
    expect(lot.wouldKeep(moved(seen.best, step))).toBe(true);
    expect(lot.wouldKeep({ ...moved(seen.best, step), instrument: 'GBP_USD' })).toBe(false);
  });
});
