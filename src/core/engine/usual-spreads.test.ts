import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { TEN_O_CLOCK } from './testing/account.ts';
import { UsualSpreads } from './usual-spreads.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BUY = { side: 'buy', units: 1_000 } as const;
const LIMITS = { maxSpreadRatio: 3 };

/** An account that has seen so many quotes of a second with a spread of ten points, on Tuesday from ten o'clock UTC. */
function taught(quotes: number): LockStep {
  const account = new LockStep({ limits: LIMITS });
  for (let second = 0; second < quotes; second += 1)
    account.quote(110_000, { at: TEN_O_CLOCK + second * 1_000 });
  return account;
}

describe('the usual spread', () => {
  it('denies entries while the spread is more than so many times that, and says the widths', () => {
    const account = taught(150);

    account.quote(110_000, { ask: 110_030 });
    expect(account.order(BUY)[0]).toBe('order-created');
    account.quote(110_000, { ask: 110_031 });
    expect(account.order(BUY)).toEqual(['spread-unusual']);
    expect(account.notes.at(-1)).toMatchObject({ numbers: { spread: { kind: 'pips', value: 31 } } });
    account.closeOldest();
    expect(account.positions).toEqual([]);
  });

  it('says nothing while too few quotes of the hour are known', () => {
    const account = taught(50);

    account.quote(110_000, { ask: 110_500 });
    expect(account.order(BUY)[0]).toBe('order-created');
  });

  it('is that of the same hour of the week', () => {
    const account = taught(150);

    account.quote(110_000, { ask: 110_100, at: TEN_O_CLOCK + HOUR });
    expect(account.order(BUY)[0]).toBe('order-created');
    // A week later summer time has begun in New York: its ten o'clock is an hour earlier.
    account.quote(110_000, { ask: 110_100, at: TEN_O_CLOCK + 7 * DAY - HOUR });
    expect(account.order(BUY)).toEqual(['spread-unusual']);
  });

  it('outlives a restart', () => {
    const account = taught(150);
    const again = new LockStep({ limits: LIMITS });
    again.engine.absorb(account.log);
    again.engine.restoreState(account.engine.saveState());

    const quote = { instrument: 'EUR_USD', at: account.engine.at + 1_000, bid: 110_000, ask: 110_100 };
    again.engine.step({ type: 'quote', quote });
    expect(again.order(BUY)).toEqual(['spread-unusual']);
  });

  it('follows the last thousand quotes or so', () => {
    const spreads = new UsualSpreads();
    const learn = (spread: number, times: number): void => {
      for (let time = 0; time < times; time += 1)
        spreads.learn({ instrument: 'EUR_USD', at: 0, bid: 0, ask: spread }, 7);
    };

    learn(10, 5_000);
    expect(spreads.usual('EUR_USD', 7)).toBeCloseTo(10);
    learn(20, 1_000);
    expect(spreads.usual('EUR_USD', 7)).toBeCloseTo(16.3, 1);
    expect(spreads.usual('EUR_USD', 8)).toBeUndefined();
  });
});
