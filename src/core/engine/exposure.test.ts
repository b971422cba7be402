/** The position ceiling and the margin rule, with the exchange behind them: neither can be walked around. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';

const CEILING = { limits: { maxPositionUnits: 100_000 }, balance: 1_000_000_000 };

describe('the position ceiling', () => {
  it('holds when an order rests that the position would have offset, and the position is closed', () => {
    const account = new LockStep(CEILING);
    account.quote(110_000);
    account.order({ side: 'sell', units: 100_000 });

    expect(account.order({ side: 'buy', units: 200_000, price: 109_500 })).toEqual([
      'position-units-exceeded',
    ]);
    expect(account.order({ side: 'buy', units: 100_000, price: 109_500 })).toEqual(['order-created']);

    account.closeOldest();
    account.quote(109_400);
    expect(account.positions).toEqual(['long 100000']);
  });

  it('counts a market order at its full size: what it would reduce may be gone when it arrives', () => {
    const account = new LockStep(CEILING);
    account.quote(110_000);
    account.order({ side: 'sell', units: 40_000 });

    expect(account.order({ side: 'buy', units: 100_001 })).toEqual(['position-units-exceeded']);
    account.order({ side: 'buy', units: 100_000 });
    expect(account.positions).toEqual(['long 60000']);
  });

  it('is not offset for a market order that may only open', () => {
    const account = new LockStep(CEILING);
    account.quote(110_000);
    account.order({ side: 'sell', units: 50_000 });

    const order = { side: 'buy', positionFill: 'OPEN_ONLY' } as const;
    expect(account.order({ ...order, units: 100_001 })).toEqual(['position-units-exceeded']);
    expect(account.order({ ...order, units: 100_000 })[0]).toBe('order-created');
  });

  it('that was lowered lets a position shrink by what only reduces', () => {
    const account = new LockStep(CEILING);
    account.quote(110_000);
    account.order({ side: 'sell', units: 100_000 });
    account.order({ side: 'buy', units: 100_000, price: 109_500 });
    account.engine.setLimits({ maxPositionUnits: 50_000 });

    expect(account.order({ side: 'buy', units: 10_000 })).toEqual(['position-units-exceeded']);
    account.order({ side: 'buy', units: 10_000, positionFill: 'REDUCE_ONLY' });
    expect(account.positions).toEqual(['short 90000']);
    account.closeOldest();
    expect(account.positions).toEqual([]);
  });

  it('counts both sides of a hedging account', () => {
    const account = new LockStep({ ...CEILING, hedging: true });
    account.quote(110_000);

    account.order({ side: 'buy', units: 60_000 });
    account.order({ side: 'sell', units: 30_000 });
    account.order({ side: 'buy', units: 10_000, price: 109_500 });

    expect(account.order({ side: 'sell', units: 1 })).toEqual(['position-units-exceeded']);
    expect(account.positions).toEqual(['long 60000', 'short 30000']);
  });

  const act = fc.oneof(
    fc.record({
      type: fc.constant('order' as const),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      units: fc.integer({ min: 1, max: 150_000 }),
      away: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    }),
    fc.record({ type: fc.constant('move' as const), points: fc.integer({ min: -400, max: 400 }) }),
    fc.record({ type: fc.constant('close' as const) }),
  );

  it.each([true, false])('is never exceeded, whatever is ordered and closed (hedging %s)', (hedging) => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => {
        const account = new LockStep({ ...CEILING, hedging });
        let bid = 110_000;
        account.quote(bid);
        for (const step of acts) {
          if (step.type === 'close' && account.positions.length > 0) account.closeOldest();
          if (step.type === 'order') {
            const { side, units, away } = step;
            const price = away === undefined ? undefined : bid + (side === 'buy' ? -away : 10 + away);
            account.order({ side, units, price });
          }
          if (step.type === 'move') {
            bid += step.points;
            account.quote(bid, { at: account.engine.at + 1_000 });
          }
          const open = [...account.exchange.ledger.openPositions.values()];
          expect(open.reduce((sum, { openUnits }) => sum + openUnits, 0)).toBeLessThanOrEqual(100_000);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the margin that an order needs', () => {
  it('is that of the larger side on a hedging account, for the gate as for the exchange', () => {
    const account = new LockStep({ hedging: true });
    account.quote(110_000);
    account.order({ side: 'buy', units: 200_000 });

    expect(account.order({ side: 'sell', units: 400_000 })).toEqual(['insufficient-margin']);
    expect(account.order({ side: 'sell', units: 200_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('contains what the spread takes at once', () => {
    const account = new LockStep({ balance: 36_631_665 });
    account.quote(109_990, { ask: 110_010 });

    // 100,000 units at 1.10000 bind 3,663.00 dollars; the spread takes 20 more than the balance has.
    expect(account.order({ side: 'buy', units: 100_000 })).toEqual(['insufficient-margin']);
    expect(account.order({ side: 'buy', units: 99_000 })).toEqual(['order-created', 'order-filled']);
    expect(account.engine.snapshot().marginAvailable).toBeGreaterThan(0);
  });

  const trade = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    units: fc.integer({ min: 1, max: 400_000 }),
    move: fc.integer({ min: -300, max: 300 }),
    spread: fc.integer({ min: 1, max: 60 }),
    instrument: fc.constantFrom('EUR_USD', 'USD_JPY'),
  });

  it.each([true, false])('is judged alike by gate and exchange (hedging %s)', (hedging) => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 5, maxLength: 40 }), (trades) => {
        const account = new LockStep({ hedging });
        const bids = { EUR_USD: 110_000, USD_JPY: 150_000 };
        account.quote(bids.EUR_USD);
        account.quote(bids.USD_JPY, { instrument: 'USD_JPY' });
        for (const { move, spread, instrument, ...order } of trades) {
          const bid = (bids[instrument] += move);
          account.quote(bid, { instrument, ask: bid + spread, at: account.engine.at + 1_000 });

          const outcome = account.order({ instrument, ...order });
          // Denied by the gate, or filled: what the gate lets pass is never cancelled by the exchange.
          expect([['insufficient-margin'], ['order-created', 'order-filled']]).toContainEqual(outcome);
        }
      }),
      { numRuns: 60 },
    );
  });
});
