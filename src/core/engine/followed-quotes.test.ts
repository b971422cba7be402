/** Whether each quote counts for an account, or the newest alone. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Effect } from './effect.ts';

const order = (account: TestAccount): readonly Effect[] =>
  account.engine.step({
    type: 'order-requested',
    request: {
      id: 'mine',
      decidedAt: account.engine.at,
      terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1_000, timeInForce: 'FOK' },
    },
  });

function flat(limits = {}): TestAccount {
  const account = new TestAccount({ limits });
  account.quote(0, 110_000);
  return account;
}

describe('An account', () => {
  it('follows no quotes while it holds nothing', () => {
    expect(flat().engine.followsQuotes).toBe(false);
    expect(flat({ dailyLoss: 1_000, requireStopLoss: 50 }).engine.followsQuotes).toBe(false);
  });

  it('follows them before the first one', () => {
    expect(new TestAccount().engine.followsQuotes).toBe(true);
  });

  it('follows them while a strategy is attached, and not when it is gone', () => {
    const account = flat();
    account.attach(new ScriptedStrategy('M1'));
    expect(account.engine.followsQuotes).toBe(true);

    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });

    expect(account.engine.followsQuotes).toBe(false);
  });

  it('follows them while an order is on its way', () => {
    const account = flat();

    expect(order(account).map(({ type }) => type)).toContain('submit-order');

    expect(account.engine.followsQuotes).toBe(true);
  });

  it('follows them while it learns which spread is usual', () => {
    expect(flat({ maxSpreadRatio: 3 }).engine.followsQuotes).toBe(true);
  });
});

/** The trading day ends at 22:00 UTC, and the market is closed for five minutes. */
const PAUSE = { from: 12 * 3_600_000, until: 12 * 3_600_000 + 300_000 };

it('decides by the newest quote as if it had seen those before it', () => {
  const quotes = fc.array(
    fc.record({ ms: fc.integer({ min: 1, max: 1_800_000 }), bid: fc.integer({ min: 90_000, max: 130_000 }) }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(quotes, (steps) => {
      const lastMs = steps.reduce((sum, { ms }) => sum + ms, 0);
      fc.pre(lastMs < PAUSE.from || lastMs >= PAUSE.until);
      const [all, newest] = [flat({ maxSpread: 20 }), flat({ maxSpread: 20 })];
      let afterMs = 0;
      for (const { ms, bid } of steps) {
        afterMs += ms;
        all.quote(afterMs, bid);
        for (const { clock } of [all, newest].map((account) => ({ clock: () => account.clock(afterMs) })))
          clock();
        expect(newest.engine.followsQuotes).toBe(false);
      }
      newest.quote(afterMs, steps.at(-1)?.bid ?? 0);

      expect(newest.engine.at).toBe(TEN_O_CLOCK + afterMs);
      expect(newest.engine.saveState()).toEqual(all.engine.saveState());
      expect(order(newest)).toEqual(order(all));
    }),
    { numRuns: 200 },
  );
});

describe('A price that an account knows before its turn', () => {
  const older = (account: TestAccount): number => {
    account.quote(1_000, 109_000);
    return account.engine.quoteOf('EUR_USD')?.bid ?? 0;
  };

  it('stays the newest when one from before it comes, which strategies see', () => {
    const account = flat();
    const strategy = new ScriptedStrategy('M1');
    account.attach(strategy);
    account.engine.foresee({ instrument: 'EUR_USD', at: TEN_O_CLOCK + 2_000, bid: 110_500, ask: 110_510 });

    expect(older(account)).toBe(110_500);

    account.quote(3_000, 110_700);
    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_700);
  });

  it('is none when it is older than what is known, or when the market is closed', () => {
    const account = flat();
    const quote = { instrument: 'EUR_USD', at: TEN_O_CLOCK - 1, bid: 110_500, ask: 110_510 };
    account.engine.foresee(quote);
    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_000);

    // Saturday.
    account.engine.foresee({ ...quote, at: TEN_O_CLOCK + 4 * 86_400_000 });

    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_000);
  });
});
