/** Signals that fall into closed hours: how many, and what became of each. */

import { describe, expect, it } from 'vitest';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { CloseIntent, Intent, OpenIntent } from '../strategies/strategy.ts';
import type { Effect } from './effect.ts';

const HOUR = 3_600_000;
/** Friday, 8 March 2024, 17:00 in New York, after ten o'clock on Tuesday. */
const WEEK_END = Date.UTC(2024, 2, 8, 22) - TEN_O_CLOCK;
const SATURDAY = WEEK_END + 12 * HOUR;
/** Sunday, 17:03 in New York: its clocks have gone forward. */
const OPENING = Date.UTC(2024, 2, 10, 21, 3) - TEN_O_CLOCK;

const LONG: OpenIntent = { type: 'open', side: 'long', size: { units: 1_000 }, orderType: 'market' };
const SHORT: OpenIntent = { ...LONG, side: 'short' };
const NONE = { signals: 0, filled: 0, placed: 0, lapsed: 0, replaced: 0, waiting: 0 };

/** An account whose broker fills what comes at the market at once, with a long position, and a strategy that answers as the week ends. */
function atTheWeekEnd(answer: (close: CloseIntent) => readonly Intent[], wakesAt?: number) {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy('H1');
  account.attach(strategy);
  const carryOut = (effects: readonly Effect[]): void => {
    for (const { request } of only(effects, 'submit-order')) {
      const isMarket = request.terms.orderType === 'market';
      const { log } = account;
      carryOut(account.show(isMarket ? log.acceptAndFill(request, 110_010) : log.accept(request)));
    }
    for (const { request } of only(effects, 'close-position'))
      carryOut(account.show(account.log.close(request, 110_000)));
  };
  account.quote(0, 110_000);
  strategy.answerToQuote = [LONG];
  carryOut(account.quote(1, 110_000));
  const brokerPositionId = strategy.view?.positions[0]?.brokerPositionId ?? 0;
  account.clock(WEEK_END - HOUR);
  account.quote(WEEK_END - HOUR, 110_000);
  strategy.answerToCandle = answer({ type: 'close', brokerPositionId });
  strategy.wakesAt = wakesAt;
  account.clock(WEEK_END);
  return { account, strategy, carryOut, close: { type: 'close', brokerPositionId } as const };
}

describe('a signal that falls into closed hours', () => {
  it('is counted once, and as filled when it is traded at the opening', () => {
    const { account, carryOut } = atTheWeekEnd((close) => [close, SHORT]);
    account.quote(SATURDAY, 110_000);
    account.clock(OPENING);
    const waiting = { ...NONE, signals: 1, waiting: 1 };
    expect(account.engine.closedMarketSignals).toEqual({ entries: waiting, exits: waiting });

    carryOut(account.quote(OPENING, 110_300));

    const filled = { ...NONE, signals: 1, filled: 1 };
    expect(account.engine.closedMarketSignals).toEqual({ entries: filled, exits: filled });
  });

  it('is placed when it is an order that waits for its price', () => {
    const { account, carryOut } = atTheWeekEnd(() => [{ ...LONG, orderType: 'limit', price: 109_000 }]);
    carryOut(account.quote(OPENING, 110_000));

    expect(account.engine.closedMarketSignals.entries).toEqual({ ...NONE, signals: 1, placed: 1 });
  });

  it('lapses when its time is over by the opening, and so does what was to come after it', () => {
    const expiresAt = TEN_O_CLOCK + SATURDAY;
    const { account, carryOut } = atTheWeekEnd(() => [
      { ...LONG, orderType: 'limit', price: 109_000, expiresAt },
      SHORT,
    ]);
    carryOut(account.quote(OPENING, 110_000));

    expect(account.engine.closedMarketSignals.entries).toEqual({ ...NONE, signals: 2, lapsed: 2 });
  });

  it('lapses when the broker cancels it at the opening', () => {
    const { account } = atTheWeekEnd(() => [SHORT]);
    const [sent] = only(account.quote(OPENING, 110_000), 'submit-order');
    if (sent) account.show(account.log.acceptAndCancel(sent.request, 'no-liquidity'));

    expect(account.engine.closedMarketSignals.entries).toEqual({ ...NONE, signals: 1, lapsed: 1 });
  });

  it('lapses when its strategy is paused', () => {
    const { account } = atTheWeekEnd((close) => [close]);
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });

    expect(account.engine.closedMarketSignals.exits).toEqual({ ...NONE, signals: 1, lapsed: 1 });
  });

  it('is still wanted when a close fails at the opening, and filled when it is asked for again', () => {
    const { account, carryOut } = atTheWeekEnd((close) => [close]);
    const [sent] = only(account.quote(OPENING, 110_000), 'close-position');
    if (sent) account.show(account.log.cancelClose(sent.request, 'no-liquidity'));
    expect(account.engine.closedMarketSignals.exits).toEqual({ ...NONE, signals: 1, waiting: 1 });

    carryOut(account.quote(OPENING + 61_000, 110_000));

    expect(account.engine.closedMarketSignals.exits).toEqual({ ...NONE, signals: 1, filled: 1 });
  });

  it('gives way to a newer entry of its tag; an exit stays, whatever is wanted later', () => {
    const wakesAt = TEN_O_CLOCK + SATURDAY;
    const { account, strategy, carryOut, close } = atTheWeekEnd((exit) => [exit, LONG], wakesAt);
    strategy.answerToClock = [close, SHORT];
    account.clock(SATURDAY);
    carryOut(account.quote(OPENING, 110_000));

    const entries = { ...NONE, signals: 2, filled: 1, replaced: 1 };
    expect(account.engine.closedMarketSignals).toEqual({
      entries,
      exits: { ...NONE, signals: 1, filled: 1 },
    });
    expect([...account.engine.ledger.openPositions.values()].map(({ side }) => side)).toEqual(['short']);
  });

  it('lapses when the position that it was to close ends by itself; the entry behind it is traded', () => {
    const { account, carryOut, close } = atTheWeekEnd((exit) => [exit, SHORT]);
    const stop = { id: 'stop', brokerPositionId: close.brokerPositionId, decidedAt: 0 };
    account.log.setTime(TEN_O_CLOCK + OPENING);
    carryOut(account.show(account.log.close(stop, 109_000)));
    carryOut(account.quote(OPENING, 109_000));

    const { entries, exits } = account.engine.closedMarketSignals;
    expect(exits).toEqual({ ...NONE, signals: 1, lapsed: 1 });
    expect(entries).toEqual({ ...NONE, signals: 1, filled: 1 });
  });

  it('is none while the market is open', () => {
    const { account, strategy, carryOut } = atTheWeekEnd(() => []);
    account.quote(OPENING, 110_000);
    strategy.answerToQuote = [SHORT];
    carryOut(account.quote(OPENING + 1, 110_000));

    expect(account.engine.closedMarketSignals).toEqual({ entries: NONE, exits: NONE });
  });
});
