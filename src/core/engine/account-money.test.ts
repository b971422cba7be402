/** The money that engine and exchange name for one account. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';

describe('the money of an account', () => {
  it('is worth what closing it would book, halves included', () => {
    const account = new LockStep();
    account.quote(110_000, { ask: 110_005 });
    account.order({ side: 'buy', units: 1 });

    const { nav } = account.engine.snapshot();
    expect([account.engine.equity(), account.exchange.equity]).toEqual([nav, nav]);

    account.closeOldest();
    expect(account.engine.ledger.balance).toBe(nav);
  });

  it('is bound by the larger side where the account hedges, for the gate as for the exchange', () => {
    const account = new LockStep({ hedging: true });
    account.quote(110_000);
    account.order({ side: 'buy', units: 100_000 });

    // 1,000 units bind 36.63 dollars: 6,337 are free, and 300,000 short ones bind 7,326 more than 100,000 long ones.
    expect(account.order({ side: 'sell', units: 300_000 })).toEqual(['insufficient-margin']);
    expect(account.order({ side: 'sell', units: 270_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('has no margin available, and not less than none, where more is bound than it is worth', () => {
    const account = new LockStep();
    account.quote(110_000);
    account.order({ side: 'buy', units: 250_000 });
    account.quote(109_500);

    const { nav, marginUsed } = account.engine.snapshot();
    expect(nav).toBeLessThan(marginUsed);
    const terms = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1 } as const;
    const { margin } = account.engine.preview({ terms: { ...terms, timeInForce: 'FOK' } });
    expect(margin).toMatchObject({ availableBefore: 0, availableAfter: 0 });
    expect(account.order({ side: 'sell', units: 300_000 })).toEqual(['order-created', 'order-filled']);
  });

  const trade = fc.record({
    instrument: fc.constantFrom('EUR_USD', 'USD_JPY', 'EUR_GBP'),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    units: fc.integer({ min: 1, max: 30_000 }),
    move: fc.integer({ min: -400, max: 400 }),
  });

  it.each([
    ['USD', false],
    ['JPY', true],
    ['EUR', false],
  ] as const)('is the same to the last digit on both sides (%s, hedging %s)', (currency, hedging) => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 5, maxLength: 40 }), (trades) => {
        const account = new LockStep({
          currency,
          hedging,
          balance: currency === 'JPY' ? 15_000_000_000 : 100_000_000,
        });
        const bids = new Map([
          ['EUR_USD', 110_000],
          ['USD_JPY', 150_000],
          ['EUR_GBP', 86_000],
          ['GBP_USD', 127_000],
        ]);
        for (const [instrument, bid] of bids) account.quote(bid, { instrument });
        for (const { move, ...terms } of trades) {
          const bid = (bids.get(terms.instrument) ?? 0) + move;
          account.quote(bid, { instrument: terms.instrument, at: account.engine.at + 1_000, ask: bid + 13 });
          account.order(terms);

          const snapshot = account.engine.snapshot();
          expect(snapshot).toEqual(account.exchange.snapshot());
          expect(snapshot.nav).toBe(account.engine.equity());
          expect(snapshot.marginAvailable).toBe(Math.max(0, snapshot.nav - snapshot.marginUsed));
        }
      }),
      { numRuns: 40 },
    );
  });
});
