/** Rules that halt an account by its equity, with the exchange behind them: each at its level, and until its end. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Effect } from './effect.ts';

const HOUR = 3_600_000;
/** 10,000.00 US dollars. */
const START = 100_000_000;
/** Thursday 7 March 2024, 10:00 UTC: in winter the trading day and, a day later, the week end at 22:00. */
const THURSDAY = Date.UTC(2024, 2, 7, 10);
const DAY_END = THURSDAY + 12 * HOUR;

/** Long 10,000 EUR_USD from 1.10000 without a spread: a point is worth 0.10 dollars. */
function long(limits: RiskLimits): LockStep {
  const account = new LockStep({ limits, startsAt: THURSDAY, financing: false });
  account.quote(110_000, { ask: 110_000, at: THURSDAY });
  account.order({ side: 'buy', units: 10_000 });
  return account;
}

function move(account: LockStep, bid: number, at?: number): readonly Effect[] {
  const before = account.notes.length;
  account.quote(bid, { ask: bid, ...(at !== undefined && { at }) });
  return account.notes.slice(before);
}

const codes = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) => ('code' in effect ? effect.code : effect.type));

describe('the weekly loss limit', () => {
  const LIMITS = { maxWeeklyLoss: 500_000 };

  it('counts over the days of the week, warns once at four fifths, and halts until the week ends', () => {
    const account = long(LIMITS);
    move(account, 109_700);
    // A new day does not start the count again.
    expect(codes(move(account, 109_601, DAY_END + HOUR))).toEqual([]);
    expect(move(account, 109_600)).toMatchObject([
      { type: 'limit-near', name: 'maxWeeklyLoss', limit: 500_000, loss: 400_000 },
    ]);
    expect(move(account, 109_590)).toEqual([]);
    expect(codes(move(account, 109_500))).toEqual(['weekly-loss-exceeded']);
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['weekly-loss-exceeded']);

    account.clock(DAY_END + 24 * HOUR - 1);
    expect(account.engine.isHalted).toBe(true);
    account.clock(DAY_END + 24 * HOUR);
    expect(account.engine.isHalted).toBe(false);
    expect(account.notes.at(-1)).toMatchObject({ type: 'halt-ended' });
  });

  it('counts from where a person resumes', () => {
    const account = long(LIMITS);
    move(account, 109_500);
    account.ask({ type: 'resume' });

    expect(codes(move(account, 109_101))).toEqual([]);
    expect(codes(move(account, 109_100))).toEqual(['limit-near']);
    expect(codes(move(account, 109_000))).toEqual(['weekly-loss-exceeded']);
  });

  it('outlives a restart, and ends where the week has ended meanwhile', () => {
    const account = long(LIMITS);
    move(account, 109_500);
    const state = account.engine.saveState();
    const restart = (): LockStep => {
      const again = new LockStep({ limits: LIMITS });
      again.engine.absorb(account.log);
      again.engine.restoreState(state);
      return again;
    };

    const sameWeek = restart();
    expect(sameWeek.engine.isHalted).toBe(true);
    expect(sameWeek.engine.effectsOfRestart(account.log)).toEqual([]);

    const monday = Date.UTC(2024, 2, 11, 10);
    move(account, 109_500, monday);
    account.closeOldest();
    const nextWeek = restart();
    expect(nextWeek.engine.isHalted).toBe(false);
    expect(nextWeek.engine.effectsOfRestart(account.log)).toEqual([{ type: 'halt-ended', at: monday }]);
  });
});

describe('a profit target', () => {
  const at = (positions: 'keep' | 'close') => ({ profitTarget: { equity: START + 1_000_000, positions } });

  it('halts at its equity and keeps positions, until a person resumes', () => {
    const account = long(at('keep'));
    expect(codes(move(account, 110_999))).toEqual([]);

    expect(codes(move(account, 111_000))).toEqual(['profit-target-reached']);
    expect(account.positions).toEqual(['long 10000']);
    expect(codes(move(account, 111_100, DAY_END + HOUR))).toEqual([]);
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['profit-target-reached']);
    account.engine.setLimits({});
    account.ask({ type: 'resume' });
    expect(account.order({ side: 'buy', units: 1 })).toContain('order-filled');
  });

  it('closes everything where it is to', () => {
    const account = long(at('close'));
    account.order({ side: 'buy', units: 1_000, price: 109_000 });
    move(account, 111_000);

    expect(account.positions).toEqual([]);
    expect(account.engine.ledger.openOrders.size).toBe(0);
  });

  it('halts again while the equity is there still', () => {
    const account = long(at('keep'));
    move(account, 111_000);
    account.ask({ type: 'resume' });

    expect(codes(move(account, 111_001))).toEqual(['profit-target-reached']);
  });
});

describe('a profit lock', () => {
  const LIMITS = { profitLock: { from: 1_000_000, keep: 0.5, positions: 'keep' } } as const;

  it('halts when half of the largest profit of the day is gone, once that was large enough', () => {
    const account = long(LIMITS);
    expect(codes(move(account, 110_999))).toEqual([]);
    expect(codes(move(account, 110_000))).toEqual([]);
    expect(codes(move(account, 111_200))).toEqual([]);
    expect(account.engine.figures().equityRules).toEqual([
      { name: 'profitLock', haltsAt: START + 600_000, distance: 600_000, isReached: false },
    ]);
    expect(codes(move(account, 110_601))).toEqual([]);
    expect(codes(move(account, 110_600))).toEqual(['profit-locked']);
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['profit-locked']);

    move(account, 110_600, DAY_END + HOUR);
    expect(account.engine.isHalted).toBe(false);
    expect(codes(move(account, 110_000))).toEqual([]);
  });
});

describe('the guard of the margin', () => {
  const at = (positions: 'keep' | 'close_largest_loss') => ({
    marginGuard: { closeoutPercent: 50_000, positions },
  });

  /** Long 100,000 EUR_USD from 1.10000 and as many from 1.09900: half of the equity is lost near 1.08700, with 3,666 dollars bound. */
  function twoLots(limits: RiskLimits): LockStep {
    const account = new LockStep({ limits, startsAt: THURSDAY, financing: false });
    account.quote(110_000, { ask: 110_000, at: THURSDAY });
    account.order({ side: 'buy', units: 100_000 });
    account.quote(109_900, { ask: 109_900 });
    account.order({ side: 'buy', units: 100_000 });
    return account;
  }

  const percentOf = (account: LockStep) => account.engine.snapshot().marginCloseoutPercent ?? 0;

  /** Moves the price down by points until the account halts, and returns the percent before that. */
  function fallUntilHalted(account: LockStep): number {
    let percent = percentOf(account);
    for (let price = 109_899; !account.engine.isHalted && price > 100_000; price -= 1) {
      percent = percentOf(account);
      move(account, price);
    }
    return percent;
  }

  it('halts at its share, cancels what rests and keeps positions', () => {
    const account = twoLots(at('keep'));
    account.order({ side: 'sell', units: 1_000, price: 112_000 });

    expect(fallUntilHalted(account)).toBeLessThan(50_000);

    expect(percentOf(account)).toBeGreaterThanOrEqual(50_000);
    expect(account.codes).toEqual(['margin-guard-reached']);
    expect(account.engine.ledger.openOrders.size).toBe(0);
    expect(account.positions).toEqual(['long 100000', 'long 100000']);
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['margin-guard-reached']);
  });

  it('closes the largest loss where it is to, and the next one only while that was not enough', () => {
    const account = twoLots(at('close_largest_loss'));

    fallUntilHalted(account);

    // The older one: it was bought higher.
    expect(account.positions).toEqual(['long 100000']);
    expect(account.engine.ledger.openPositions.values().next().value?.entryPrice).toBe(109_900);
    expect(percentOf(account)).toBeLessThan(50_000);
    move(account, 108_000);
    expect(account.positions).toEqual(['long 100000']);
    move(account, 104_000);
    expect(account.positions).toEqual([]);
  });

  it('asks again ten seconds later for a close that is refused, and then at the least every minute', () => {
    const { engine } = twoLots(at('close_largest_loss'));
    const startsAt = engine.at;

    const askedAt: number[] = [];
    for (let second = 1; second < 200; second += 1) {
      const quote = { instrument: 'EUR_USD', at: startsAt + second * 1_000, bid: 108_000, ask: 108_000 };
      for (const effect of engine.step({ type: 'quote', quote })) {
        if (effect.type !== 'close-position') continue;
        engine.step({ type: 'request-refused', requestId: effect.request.id });
        askedAt.push(second);
      }
    }

    expect(askedAt).toEqual([1, 11, 31, 71, 131, 191]);
  });

  it('halts again after a person resumed while the share is reached, and says how far it is', () => {
    const account = twoLots(at('keep'));
    const [rule] = account.engine.figures().equityRules;
    expect(rule).toMatchObject({ name: 'marginGuard', isReached: false });
    expect(rule?.distance).toBeGreaterThan(0);
    fallUntilHalted(account);
    account.ask({ type: 'resume' });

    move(account, 108_000);

    expect(account.codes).toEqual(['margin-guard-reached', 'margin-guard-reached']);
  });

  it('does nothing to an account without positions', () => {
    const account = new LockStep({ limits: at('close_largest_loss'), balance: 1, startsAt: THURSDAY });

    expect(codes(move(account, 110_000, THURSDAY))).toEqual([]);
  });
});

describe('the rules of a firm', () => {
  const RULES = { startEquity: START, drawdown: 'static', maxDrawdown: 1_000_000 } as const;

  it('halt at the drawdown from the start, until a person resumes, and again while it is so', () => {
    const account = long({ propRules: RULES });
    move(account, 111_500);
    expect(codes(move(account, 109_001))).toEqual([]);
    expect(codes(move(account, 109_000))).toEqual(['prop-drawdown-exceeded']);

    account.clock(DAY_END);
    expect(account.engine.isHalted).toBe(true);
    account.ask({ type: 'resume' });
    expect(codes(move(account, 109_000, DAY_END + HOUR))).toEqual(['prop-drawdown-exceeded']);
  });

  it('halt at the drawdown from the highest equity where it trails', () => {
    const account = long({ propRules: { ...RULES, drawdown: 'trailing' } });
    move(account, 111_500);

    expect(codes(move(account, 110_501))).toEqual([]);
    expect(codes(move(account, 110_500))).toEqual(['prop-drawdown-exceeded']);
  });

  it('halt at the loss of the day', () => {
    const account = long({ propRules: { ...RULES, maxDailyLoss: 300_000 } });

    expect(codes(move(account, 109_701))).toEqual([]);
    expect(codes(move(account, 109_700))).toEqual(['prop-daily-loss-exceeded']);
  });

  it('count the loss of the day from its start, also after a person resumed', () => {
    const account = long({ maxDailyLoss: 200_000, propRules: { ...RULES, maxDailyLoss: 300_000 } });
    expect(codes(move(account, 109_800))).toEqual(['daily-loss-exceeded']);
    account.ask({ type: 'resume' });

    expect(codes(move(account, 109_701))).toEqual([]);
    expect(codes(move(account, 109_700))).toEqual(['prop-daily-loss-exceeded']);
  });

  it('halt at the target once it is booked, and the account has traded on enough days', () => {
    const account = long({ propRules: { ...RULES, profitTarget: 500_000, minTradingDays: 2 } });
    move(account, 110_600);
    account.closeOldest();
    expect(account.engine.isHalted).toBe(false);
    expect(account.engine.figures().equityRules.at(-1)).toMatchObject({ distance: undefined });

    move(account, 110_600, DAY_END + HOUR);
    account.order({ side: 'buy', units: 1 });
    expect(account.codes).toEqual(['prop-target-reached']);
  });

  it('keep the highest equity over a restart', () => {
    const limits = { propRules: { ...RULES, drawdown: 'trailing' } } as const;
    const account = long(limits);
    move(account, 111_500);
    const again = new LockStep({ limits });
    again.engine.absorb(account.log);
    again.engine.restoreState(account.engine.saveState());

    expect(again.engine.figures().equityRules).toEqual(account.engine.figures().equityRules);
    expect(again.engine.figures().equityRules).toMatchObject([{ haltsAt: START + 500_000 }]);
  });
});
