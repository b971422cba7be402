/** A strategy may ask to be woken at a time; no quote has to pass for it. */

import { describe, expect, it } from 'vitest';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';

function start(...granularities: readonly 'M1'[]): { account: TestAccount; strategy: ScriptedStrategy } {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy(...granularities);
  strategy.wakesAt = TEN_O_CLOCK + 90_000;
  account.attach(strategy);
  return { account, strategy };
}

const BUY = { type: 'open', side: 'long', size: { units: 100 }, orderType: 'market' } as const;

describe('A strategy that wants to be woken', () => {
  it('is woken at that time, once, and may trade', () => {
    const { account, strategy } = start();
    account.quote(80_000, 110_000);
    strategy.answerToClock = [BUY];

    expect(account.engine.nextClockAt).toBe(TEN_O_CLOCK + 90_000);
    expect(only(account.clock(90_000), 'submit-order')).toHaveLength(1);
    expect(strategy.wokenAt).toEqual([TEN_O_CLOCK + 90_000]);
    expect(account.engine.nextClockAt).toBe(tradingDayEnd(TEN_O_CLOCK));
  });

  it('is woken before a quote that comes later, when the clock was left out', () => {
    const { account, strategy } = start();
    account.quote(0, 110_000);
    account.quote(200_000, 110_500);

    expect(strategy.wokenAt).toEqual([TEN_O_CLOCK + 90_000]);
  });

  it('sees a candle that ends at the same time first', () => {
    const { account, strategy } = start('M1');
    strategy.wakesAt = TEN_O_CLOCK + 60_000;
    account.quote(0, 110_000);
    account.clock(60_000);

    expect(strategy.calls).toEqual(['quote', 'candle', 'clock']);
  });

  it('stops the skimming of quotes', () => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy('M1');
    strategy.wakesAt = TEN_O_CLOCK + 30_000;
    account.attach(Object.assign(strategy, { onQuote: undefined }));
    account.quote(0, 110_000);

    expect(account.engine.skimmableUntil('EUR_USD', account.engine.at)).toBe(TEN_O_CLOCK + 30_000);
  });

  it('for a time that passed while the server was down is woken at once', () => {
    const { account, strategy } = start();
    account.quote(0, 110_000);
    const late = new ScriptedStrategy();
    late.wakesAt = TEN_O_CLOCK - 5_000;
    account.attach(late, 'late', 'GBP_USD');

    expect(account.engine.nextClockAt).toBe(TEN_O_CLOCK);
    account.clock(1_000);
    expect(late.wokenAt).toHaveLength(1);
    expect(strategy.wokenAt).toEqual([]);
  });

  it('again for the time that has come fails, and does not hold up the account', () => {
    const { account, strategy } = start();
    strategy.keepsWaking = true;
    account.quote(0, 110_000);

    const [failure] = only(account.clock(90_000), 'strategy-failed');

    expect(failure?.reason).toContain('wakesAt must be later');
    expect(account.engine.nextClockAt).toBe(tradingDayEnd(TEN_O_CLOCK));
  });

  it('is asked while it is paused, but nothing it wants is done', () => {
    const { account, strategy } = start();
    account.quote(80_000, 110_000);
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });
    strategy.answerToClock = [BUY];

    expect(account.clock(90_000)).toEqual([]);
    expect(strategy.wokenAt).toHaveLength(1);
  });

  it('no more is not, once it is detached', () => {
    const { account } = start();
    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });

    expect(account.engine.nextClockAt).toBe(tradingDayEnd(TEN_O_CLOCK));
  });
});
