/** Entries that are denied for the time or for their pace, with the exchange behind them; closing is never held up. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import type { RiskLimits } from '../domain/account.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Thursday 7 March 2024, 10:00 UTC: in winter 17:00 New York is 22:00 UTC, and the market closes two minutes before. */
const THURSDAY = Date.UTC(2024, 2, 7, 10);
const ROLL_OVER = THURSDAY + 12 * HOUR;
const WEEK_CLOSE = ROLL_OVER + 24 * HOUR - 2 * MINUTE;
const BUY = { side: 'buy', units: 1_000 } as const;
const LIMIT = { ...BUY, price: 109_000 } as const;

function account(limits: RiskLimits): LockStep {
  const one = new LockStep({ limits, startsAt: THURSDAY, financing: false });
  one.quote(110_000, { at: THURSDAY });
  return one;
}

/** A buy at this time, at a fresh price. */
function buyAt(one: LockStep, at: number, terms: Parameters<LockStep['order']>[0] = BUY): string | undefined {
  one.quote(110_000, { at });
  return one.order(terms)[0];
}

describe('the most orders of a minute', () => {
  const LIMITS = { maxOrdersPerMinute: 2 };

  it('counts entries of any minute, and neither denied ones nor closes', () => {
    const one = account(LIMITS);
    expect(buyAt(one, THURSDAY)).toBe('order-created');
    expect(buyAt(one, THURSDAY + 30 * SECOND, { ...BUY, units: 0 })).toBe('units-invalid');
    one.closeOldest();
    expect(buyAt(one, THURSDAY + 30 * SECOND, LIMIT)).toBe('order-created');
    expect(buyAt(one, THURSDAY + MINUTE - 1)).toBe('order-rate-exceeded');
    expect(one.notes.at(-1)).toMatchObject({
      numbers: { wait: { kind: 'duration', value: 1 } },
    });

    expect(buyAt(one, THURSDAY + MINUTE)).toBe('order-created');
    expect(one.order({ side: 'sell', units: 1_000, positionFill: 'REDUCE_ONLY' })[0]).toBe('order-created');
    expect(buyAt(one, THURSDAY + MINUTE + 1)).toBe('order-rate-exceeded');
  });

  it('still counts what was sent before a restart', () => {
    const one = account(LIMITS);
    buyAt(one, THURSDAY);
    buyAt(one, THURSDAY);
    const again = new LockStep({ limits: LIMITS });
    again.engine.absorb(one.log);
    again.engine.restoreState(one.engine.saveState());

    again.engine.step({
      type: 'quote',
      quote: { instrument: 'EUR_USD', at: THURSDAY + 1, bid: 110_000, ask: 110_010 },
    });
    expect(again.order(BUY)).toEqual(['order-rate-exceeded']);
  });
});

describe('the most trades of a day', () => {
  it('counts what opened, by whomever, and entries that may still open, until the day ends', () => {
    const one = account({ maxTradesPerDay: 3 });
    expect(buyAt(one, THURSDAY)).toBe('order-created');
    one.closeOldest();
    expect(buyAt(one, THURSDAY + 1)).toBe('order-created');
    expect(buyAt(one, THURSDAY + 2, LIMIT)).toBe('order-created');

    expect(buyAt(one, THURSDAY + 3)).toBe('daily-trades-exceeded');
    expect(one.order({ side: 'sell', units: 500 })[0]).toBe('order-created');
    expect(buyAt(one, ROLL_OVER + HOUR)).toBe('order-created');
  });
});

describe('before the weekend', () => {
  const weekend = (entries: 'deny' | 'cancel', positions: 'keep' | 'close') => ({
    weekend: { minutesBefore: 60, entries, positions },
  });
  const FROM = WEEK_CLOSE - HOUR;

  it('entries are denied, and not before a daily pause', () => {
    const one = account(weekend('deny', 'keep'));
    expect(buyAt(one, ROLL_OVER - 10 * MINUTE)).toBe('order-created');
    expect(buyAt(one, FROM - 1, LIMIT)).toBe('order-created');
    expect(buyAt(one, FROM)).toBe('before-weekend');

    one.quote(110_000, { at: WEEK_CLOSE - 1 });
    expect(one.positions).toEqual(['long 1000']);
    expect(one.engine.ledger.openOrders.size).toBe(1);
    expect(buyAt(one, WEEK_CLOSE + 49 * HOUR)).toBe('order-created');
  });

  it('resting entries are cancelled where it is said', () => {
    const one = account(weekend('cancel', 'keep'));
    buyAt(one, THURSDAY + 1);
    buyAt(one, THURSDAY + 2, LIMIT);
    one.quote(110_000, { at: FROM - 1 });
    expect(one.engine.ledger.openOrders.size).toBe(1);

    one.clock(one.engine.nextClockAt);
    expect(one.engine.at).toBe(FROM);
    expect(one.engine.ledger.openOrders.size).toBe(0);
    expect(one.positions).toEqual(['long 1000']);
  });

  it('positions are closed where it is said, with all that rests', () => {
    const one = account(weekend('deny', 'close'));
    buyAt(one, THURSDAY + 1);
    buyAt(one, THURSDAY + 2, LIMIT);
    one.quote(110_000, { at: FROM - 1 });
    expect(one.positions).toEqual(['long 1000']);
    one.quote(110_000, { at: FROM });

    expect(one.positions).toEqual([]);
    expect(one.engine.ledger.openOrders.size).toBe(0);
    expect(one.engine.isHalted).toBe(false);
  });

  it('holds when it is set while the time has begun, and once for each week', () => {
    const one = account({});
    buyAt(one, FROM + 1);
    one.engine.setLimits(weekend('deny', 'close'));
    one.quote(110_000, { at: FROM + 2 });
    expect(one.positions).toEqual([]);

    expect(buyAt(one, WEEK_CLOSE + 49 * HOUR)).toBe('order-created');
    // Summer time began: the market closes an hour earlier.
    one.quote(110_000, { at: FROM + 7 * 24 * HOUR - HOUR - 1 });
    expect(one.positions).toEqual(['long 1000']);
    one.quote(110_000, { at: FROM + 7 * 24 * HOUR - HOUR });
    expect(one.positions).toEqual([]);
  });
});

describe('a restart in another week than that of the last transaction', () => {
  it('ends nothing before the weekend of the present week', () => {
    const limits: RiskLimits = { weekend: { minutesBefore: 60, entries: 'cancel', positions: 'close' } };
    const one = account({});
    buyAt(one, THURSDAY + 1);
    buyAt(one, THURSDAY + 2, LIMIT);
    const tuesday = THURSDAY + 5 * 24 * HOUR;
    one.quote(110_000, { at: tuesday });
    const again = new LockStep({ limits });
    again.engine.absorb(one.log);
    again.engine.restoreState(one.engine.saveState());

    const stepAt = (at: number) =>
      again.engine.step({ type: 'quote', quote: { instrument: 'EUR_USD', at, bid: 110_000, ask: 110_010 } });
    expect(stepAt(tuesday + 1)).toEqual([]);
    // Summer time began: the market closes an hour earlier.
    const effects = stepAt(WEEK_CLOSE + 7 * 24 * HOUR - 2 * HOUR);
    expect(effects.map(({ type }) => type)).toEqual(['cancel-order', 'close-position']);
  });
});

describe('a weekend rule whose time was not seen', () => {
  const LIMITS: RiskLimits = { weekend: { minutesBefore: 60, entries: 'cancel', positions: 'close' } };
  // Summer time begins on that Sunday: the market opens an hour earlier.
  const SUNDAY_OPENING = WEEK_CLOSE + 47 * HOUR + 5 * MINUTE;
  const DUE = WEEK_CLOSE - HOUR;

  /** What the rule does when its time has come and the next that is seen of the market is at `seenAt`. */
  function endedAt(seenAt: number) {
    const one = account(LIMITS);
    buyAt(one, THURSDAY + 1);
    buyAt(one, THURSDAY + 2, LIMIT);
    while (one.engine.nextClockAt < DUE) one.clock(one.engine.nextClockAt);
    expect(one.engine.nextClockAt).toBe(DUE);
    return one.engine
      .step({ type: 'clock', at: DUE, pricesAliveAt: THURSDAY + 2, seenAt })
      .map(({ type }) => type);
  }

  it('is made up for until the market closes', () => {
    expect(endedAt(WEEK_CLOSE - 1)).toEqual(['cancel-order', 'close-position']);
  });

  it('cancels entries while the market is closed, and keeps positions, because they would be closed at the gap', () => {
    expect(endedAt(WEEK_CLOSE)).toEqual(['cancel-order', 'weekend-missed']);
    expect(endedAt(SUNDAY_OPENING - HOUR)).toEqual(['cancel-order', 'weekend-missed']);
  });

  it('is missed as well when the log has moved time past it', () => {
    const one = account(LIMITS);
    buyAt(one, THURSDAY + 1);
    while (one.engine.nextClockAt < DUE) one.clock(one.engine.nextClockAt);
    const last = one.log.at(-1);
    const id = (last?.id ?? 0) + 1;
    one.engine.absorb([
      { type: 'other', id, batchId: id, at: ROLL_OVER + 24 * HOUR, brokerType: 'MARGIN_CALL_EXTEND' },
    ]);

    expect(one.engine.nextClockAt).toBe(DUE);
    const effects = one.engine.step({ type: 'clock', at: DUE, pricesAliveAt: DUE, seenAt: SUNDAY_OPENING });
    expect(effects.map(({ type }) => type)).toEqual(['weekend-missed']);

    one.engine.step({ type: 'clock', at: SUNDAY_OPENING, pricesAliveAt: SUNDAY_OPENING });
    // Summer time has begun.
    const nextDue = DUE + 7 * 24 * HOUR - HOUR;
    const later: string[] = [];
    for (let at = one.engine.nextClockAt; at <= nextDue; at = one.engine.nextClockAt) {
      const types = one.engine.step({ type: 'clock', at, pricesAliveAt: at }).map(({ type }) => type);
      later.push(...types.map((type) => `${type} ${at - nextDue}`));
    }
    expect(later).toEqual(['close-position 0']);
  });

  it('says nothing of a position whose close was asked for in time, over a restart too: that close stands', () => {
    const one = account(LIMITS);
    buyAt(one, THURSDAY + 1);
    while (one.engine.nextClockAt < DUE) one.clock(one.engine.nextClockAt);
    const asked = one.engine.step({ type: 'clock', at: DUE, pricesAliveAt: DUE });
    const again = new LockStep({ limits: LIMITS });
    again.engine.absorb(one.log);
    again.engine.restoreState(one.engine.saveState(), SUNDAY_OPENING);

    const later: string[] = [];
    while (again.engine.nextClockAt <= SUNDAY_OPENING) {
      const at = again.engine.nextClockAt;
      const effects = again.engine.step({ type: 'clock', at, pricesAliveAt: DUE, seenAt: SUNDAY_OPENING });
      later.push(...effects.map(({ type }) => type));
    }
    again.engine.step({ type: 'clock', at: SUNDAY_OPENING, pricesAliveAt: SUNDAY_OPENING });
    const quote = { instrument: 'EUR_USD', at: SUNDAY_OPENING + 1, bid: 109_000, ask: 109_100 };
    const atOpening = again.engine.step({ type: 'quote', quote });

    expect(asked.map(({ type }) => type)).toEqual(['close-position']);
    expect(later).toEqual([]);
    expect(atOpening.map(({ type }) => type)).toEqual(['close-position']);
  });

  it('ends nothing once the market has opened again', () => {
    expect(endedAt(SUNDAY_OPENING)).toEqual(['weekend-missed']);
  });
});

describe('around the roll-over', () => {
  it('entries are denied as long as it is said', () => {
    const one = account({ rollOver: { minutesBefore: 15, minutesAfter: 10 } });

    expect(buyAt(one, ROLL_OVER - 15 * MINUTE - 1)).toBe('order-created');
    expect(buyAt(one, ROLL_OVER - 15 * MINUTE)).toBe('around-roll-over');
    expect(buyAt(one, ROLL_OVER + 10 * MINUTE - 1)).toBe('around-roll-over');
    expect(buyAt(one, ROLL_OVER + 10 * MINUTE)).toBe('order-created');
  });
});

describe('at news', () => {
  it('entries in instruments of the currency are denied', () => {
    const window = { from: THURSDAY + HOUR, to: THURSDAY + 2 * HOUR };
    const one = account({ newsWindows: [{ ...window, currencies: ['GBP', 'JPY'] }] });
    const all = account({ newsWindows: [window] });
    const cable = { ...BUY, instrument: 'GBP_USD' };
    for (const each of [one, all]) each.quote(125_000, { instrument: 'GBP_USD', at: window.from });

    expect(one.order(cable)).toEqual(['news-window']);
    expect(buyAt(one, window.from)).toBe('order-created');
    expect(buyAt(all, window.from)).toBe('news-window');
    expect(buyAt(all, window.to - 1)).toBe('news-window');
    expect(buyAt(all, window.to)).toBe('order-created');
  });
});
