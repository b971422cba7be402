/** The ceilings of the account over all its instruments, with the exchange behind them. */

import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { LockStep } from '../backtest/testing/lock-step.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { LockStepOptions } from '../backtest/testing/lock-step.ts';

/** 100,000.00 US dollars. */
const MONEY = 1_000_000_000;
const GBP = { instrument: 'GBP_USD' } as const;

/** EUR_USD at 1.1 and GBP_USD at 1.25 without a spread. */
function account(limits: RiskLimits, options: LockStepOptions = {}): LockStep {
  const one = new LockStep({ balance: MONEY, ...options, limits });
  one.quote(110_000, { ask: 110_000 });
  one.quote(125_000, { ask: 125_000, instrument: 'GBP_USD' });
  return one;
}

describe('the ceiling of a currency', () => {
  it('adds up what pairs owe of the same currency', () => {
    const one = account({ maxCurrencyExposure: 200_000_0000 });
    one.order({ side: 'buy', units: 100_000 });

    // 110,000 and 90,000 dollars are owed.
    expect(one.order({ ...GBP, side: 'buy', units: 72_001 })).toEqual(['currency-exposure-exceeded']);
    expect(one.order({ ...GBP, side: 'buy', units: 72_000 })[0]).toBe('order-created');
    expect(one.order({ side: 'buy', units: 1 })).toEqual(['currency-exposure-exceeded']);
  });

  it('nets what open positions hold and owe, and lets an order through that makes it smaller', () => {
    const one = account({ maxCurrencyExposure: 110_000_0000 });
    one.order({ side: 'buy', units: 100_000 });

    expect(one.order({ ...GBP, side: 'sell', units: 88_000 })[0]).toBe('order-created');
    one.engine.setLimits({ maxCurrencyExposure: 50_000_0000 });
    expect(one.order({ side: 'sell', units: 45_000 })[0]).toBe('order-created');
    expect(one.order({ side: 'buy', units: 1 })).toEqual(['currency-exposure-exceeded']);
  });

  it('counts entries that rest, on their side only', () => {
    const one = account({ maxCurrencyExposure: 110_000_0000 });
    one.order({ side: 'buy', units: 60_000, price: 109_000 });
    one.order({ side: 'sell', units: 60_000, price: 111_000 });

    expect(one.order({ ...GBP, side: 'buy', units: 36_000 })).toEqual(['currency-exposure-exceeded']);
    expect(one.order({ ...GBP, side: 'buy', units: 35_200 })[0]).toBe('order-created');
  });

  it('counts an entry that takes the place of another once', () => {
    const one = account({ maxCurrencyExposure: 110_000_0000 });
    one.order({ side: 'buy', units: 100_000, price: 109_000 });
    const [resting] = one.engine.ledger.openOrders.keys();

    expect(one.order({ side: 'buy', units: 100_000, price: 108_000 })).toEqual([
      'currency-exposure-exceeded',
    ]);
    expect(one.order({ side: 'buy', units: 100_000, price: 108_000 }, resting)).toContain('order-created');
  });
});

describe('the ceiling of all positions', () => {
  it('adds up positions of all instruments, whatever their side', () => {
    const one = account({ maxExposure: 200_000_0000 });
    one.order({ side: 'buy', units: 100_000 });

    expect(one.order({ ...GBP, side: 'sell', units: 72_001 })).toEqual(['exposure-exceeded']);
    expect(one.order({ ...GBP, side: 'sell', units: 72_000 })[0]).toBe('order-created');
  });

  it('takes the larger side of an instrument that nets, and both of one that hedges', () => {
    const limits = { maxExposure: 110_000_0000 };
    const [netting, hedging] = [account(limits), account(limits, { hedging: true })];
    for (const one of [netting, hedging]) one.order({ side: 'buy', units: 60_000 });

    expect(netting.order({ side: 'sell', units: 100_000 })[0]).toBe('order-created');
    expect(hedging.order({ side: 'sell', units: 40_001 })).toEqual(['exposure-exceeded']);
    expect(hedging.order({ side: 'sell', units: 40_000 })[0]).toBe('order-created');
  });
});

describe('the most positions', () => {
  it('counts entries that rest, and lets an order through that opens none', () => {
    const one = account({ maxOpenPositions: 2 });
    one.order({ side: 'buy', units: 1_000 });
    one.order({ ...GBP, side: 'buy', units: 1_000, price: 124_000 });

    expect(one.order({ ...GBP, side: 'buy', units: 1_000 })).toEqual(['open-positions-exceeded']);
    expect(one.order({ side: 'sell', units: 500 })[0]).toBe('order-created');
    expect(one.positions).toEqual(['long 500']);
  });
});

const anyOrder = fc.record({
  instrument: fc.constantFrom('EUR_USD', 'GBP_USD'),
  side: fc.constantFrom('buy', 'sell'),
  units: fc.integer({ min: 1, max: 80_000 }),
  distance: fc.constantFrom(0, 100, -100),
  move: fc.integer({ min: -120, max: 120 }),
});

describe('any orders', () => {
  it('never open more than the ceilings allow, at the prices of the time', () => {
    let fills = 0;
    fc.assert(
      fc.property(fc.array(anyOrder, { maxLength: 25 }), fc.boolean(), (orders, hedging) => {
        const one = account({ maxOpenPositions: 4, maxExposure: 150_000_0000 }, { hedging });
        for (const { instrument, side, units, distance, move } of orders) {
          const mid = instrument === 'EUR_USD' ? 110_000 : 125_000;
          const price = distance === 0 ? undefined : mid + distance;
          one.order({ instrument, side, units, ...(price !== undefined && { price }) });
          one.quote(mid + move, { ask: mid + move, instrument });
          one.quote(mid, { ask: mid, instrument });
          const { openPositions } = one.engine.ledger;
          fills += openPositions.size;
          const held = [...openPositions.values()].map(
            (lot) => (lot.openUnits * (lot.instrument === 'EUR_USD' ? 110 : 125)) / 100,
          );

          expect(openPositions.size).toBeLessThanOrEqual(4);
          expect(held.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(150_000.001);
        }
      }),
      { numRuns: 60 },
    );
    expect(fills).toBeGreaterThan(100);
  });

  it('never open more of a currency than its ceiling allows while all go one way', () => {
    fc.assert(
      fc.property(fc.array(anyOrder, { maxLength: 25 }), (orders) => {
        const one = account({ maxCurrencyExposure: 100_000_0000 });
        for (const { instrument, units } of orders) one.order({ instrument, side: 'buy', units });
        const { value } = one.engine.figures().exposure?.find(({ currency }) => currency === 'USD') ?? {
          value: 0,
        };

        expect(-value).toBeLessThanOrEqual(100_000_0000);
      }),
      { numRuns: 60 },
    );
  });
});
