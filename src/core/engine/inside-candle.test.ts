/** The extremes of a candle are prices that only its end shows: no strategy decides on them. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Effect } from './effect.ts';

function start(strategy = new ScriptedStrategy('M1')): { account: TestAccount; strategy: ScriptedStrategy } {
  const account = new TestAccount();
  account.engine.step({
    type: 'strategy-attached',
    strategyId: 's',
    instrument: PAPER_INSTRUMENTS.named('EUR_USD'),
    otherInstruments: [PAPER_INSTRUMENTS.named('GBP_USD')],
    strategy,
    paused: false,
  });
  account.quote(0, 110_000);
  account.quote(0, 126_000, { instrument: 'GBP_USD' });
  return { account, strategy };
}

function extreme(account: TestAccount, afterMs: number, bid: number): readonly Effect[] {
  const quote = { instrument: 'EUR_USD', at: TEN_O_CLOCK + afterMs, bid, ask: bid + 10 };
  account.log.setTime(quote.at);
  return account.engine.step({ type: 'quote', quote, isInsideCandle: true });
}

describe('An extreme of a candle', () => {
  it('is part of candles and of equity, and shown to no strategy', () => {
    const { account, strategy } = start();

    extreme(account, 20_000, 109_000);
    account.quote(59_999, 110_100);
    account.clock(60_000);

    expect(strategy.quotes.map(({ bid }) => bid)).toEqual([110_000, 126_000, 110_100]);
    expect(strategy.candles[0]).toMatchObject({ bidLow: 109_000, bidClose: 110_100 });
  });

  it('wakes no strategy until the candle is at its end', () => {
    const { account, strategy } = start();
    extreme(account, 20_000, 109_000);
    const late = new ScriptedStrategy();
    late.wakesAt = TEN_O_CLOCK + 30_000;
    account.attach(late, 'late');

    account.clock(50_000);
    expect(late.wokenAt).toEqual([]);
    account.quote(59_999, 110_100);
    account.clock(60_000);

    expect(late.wokenAt).toEqual([TEN_O_CLOCK + 59_999]);
    expect(strategy.wokenAt).toEqual([]);
  });

  it('is traded at by no one who acts on another instrument: the order waits for the close', () => {
    const { account, strategy } = start();
    extreme(account, 20_000, 109_000);
    strategy.answerToQuote = [{ type: 'open', side: 'long', size: { units: 100 }, orderType: 'market' }];

    expect(account.quote(30_000, 126_100, { instrument: 'GBP_USD' })).toEqual([]);
    expect(only(account.quote(59_999, 110_100), 'submit-order')).toHaveLength(1);
  });

  it.each([
    ['limit', 1],
    ['margin_closeout', 0],
  ] as const)('is left at a fill on the way to it, where its strategy may act (%s: %i)', (reason, count) => {
    const { account, strategy } = start();
    extreme(account, 20_000, 109_000);
    strategy.answerToFill = [{ type: 'open', side: 'long', size: { units: 100 }, orderType: 'market' }];
    const terms = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 100 } as const;
    const request = {
      id: 'm',
      terms: { ...terms, timeInForce: 'FOK' },
      strategyId: 's',
      decidedAt: 0,
    } as const;
    const written = account.log.acceptAndFill(request, 109_500);

    const effects = account.show(
      written.map((entry) => (entry.type === 'order-filled' ? { ...entry, reason } : entry)),
    );

    expect(only(effects, 'submit-order')).toHaveLength(count);
  });
});
