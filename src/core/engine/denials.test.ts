/** Every denial, as the engine makes it: each names a field, the numbers that it rests on, and what to do. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { describeDenial } from '../domain/denial-text.ts';
import { DENIALS, isDenialCode } from '../domain/denial-catalogue.ts';
import { Instruments } from '../domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { Portfolio } from './portfolio.ts';
import { unitsOf } from './sizing.ts';
import { only, TEN_O_CLOCK } from './testing/account.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { LockStepOptions } from '../backtest/testing/lock-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = 100_000_000;
const BUY = { side: 'buy', units: 1_000 } as const;
const LIMIT = { ...BUY, price: 109_000 } as const;
const RULES = { startEquity: START, drawdown: 'static', maxDrawdown: 1_000_000 } as const;

/** An account that has seen a price. */
function account(options: LockStepOptions = {}): LockStep {
  const one = new LockStep({ financing: false, ...options });
  one.quote(110_000);
  return one;
}

const limited = (limits: RiskLimits): LockStep => account({ limits });

function lastDenial(one: LockStep): Denial | undefined {
  return only(one.notes, 'deny').at(-1);
}

/** What an order on an account is denied for. */
function denied(one: LockStep, ...order: Partial<Parameters<LockStep['order']>>): Denial | undefined {
  const [terms = BUY, replaces, protects] = order;
  one.order(terms, replaces, protects);
  return lastDenial(one);
}

/** What another order is denied for, once the price has moved with 10,000 units long. */
function deniedAfter(limits: RiskLimits, ...bids: readonly number[]): Denial | undefined {
  const one = limited(limits);
  one.order({ ...BUY, units: 10_000 });
  for (const bid of bids) one.quote(bid);
  return denied(one);
}

/** Long so many lots of 1,000 units. */
function holding(lots: number, options: LockStepOptions = {}): LockStep {
  const one = account(options);
  for (let index = 0; index < lots; index += 1) one.order(BUY);
  return one;
}

const lotOf = (one: LockStep, index = 0): number => [...one.engine.ledger.openPositions.keys()][index] ?? 0;

function closeDenied(one: LockStep, brokerPositionId: number, units?: number): Denial | undefined {
  const request = { id: 'c', brokerPositionId, units, decidedAt: one.engine.at };
  one.ask({ type: 'close-requested', request });
  return lastDenial(one);
}

function halted(): LockStep {
  const one = account();
  one.ask({ type: 'halt' });
  return one;
}

/** Each denial by its code, with the names of its numbers; none where the rule compares words. */
const CASES: Readonly<Record<DenialCode, readonly [numbers: string, deny: () => Denial | undefined]>> = {
  'account-halted': ['', () => denied(halted())],
  'market-closed': [
    'marketTime opensAt',
    () => {
      const one = account();
      one.clock(TEN_O_CLOCK + 4 * 24 * HOUR);
      return denied(one);
    },
  ],
  'no-quote': ['', () => denied(account(), { ...BUY, instrument: 'GBP_USD' })],
  'stale-quote': [
    'age limit',
    () => {
      const one = account();
      one.clock(TEN_O_CLOCK + MINUTE, TEN_O_CLOCK);
      return denied(one);
    },
  ],
  'spread-too-wide': ['spread limit', () => denied(limited({ maxSpreadPoints: 9 }))],
  'order-units-exceeded': ['units limit', () => denied(limited({ maxOrderUnits: 999 }))],
  'position-units-exceeded': ['before after limit', () => denied(limited({ maxPositionUnits: 999 }))],
  'daily-loss-exceeded': ['loss limit', () => deniedAfter({ maxDailyLoss: 10_000 }, 109_000)],
  'weekly-loss-exceeded': ['loss limit', () => deniedAfter({ maxWeeklyLoss: 10_000 }, 109_000)],
  'profit-target-reached': [
    'haltsAt distance',
    () => deniedAfter({ profitTarget: { equity: START + 10_000, positions: 'keep' } }, 111_000),
  ],
  'profit-locked': [
    'haltsAt distance',
    () => deniedAfter({ profitLock: { from: 10_000, keep: 0.5, positions: 'keep' } }, 111_000, 110_100),
  ],
  'margin-guard-reached': [
    'haltsAt distance',
    () => deniedAfter({ marginGuard: { closeoutPercent: 1, positions: 'keep' } }, 109_000),
  ],
  'prop-drawdown-exceeded': ['haltsAt distance', () => deniedAfter({ propRules: RULES }, 108_900)],
  'prop-daily-loss-exceeded': [
    'haltsAt distance',
    () => deniedAfter({ propRules: { ...RULES, maxDailyLoss: 500_000 } }, 109_400),
  ],
  'prop-target-reached': [
    'haltsAt distance',
    () => {
      const one = limited({ propRules: { ...RULES, profitTarget: 10_000 } });
      one.order({ ...BUY, units: 10_000 });
      one.quote(111_000);
      one.closeOldest();
      one.quote(111_000);
      return denied(one);
    },
  ],
  'instrument-not-allowed': ['', () => denied(limited({ allowedInstruments: [] }))],
  'instrument-unknown': ['', () => denied(account(), { ...BUY, instrument: 'EUR_XXX' })],
  'instrument-not-supported': [
    'decimals most',
    () => {
      const fine = { ...PAPER_INSTRUMENTS.named('EUR_USD'), unitsPrecision: 7 };
      return denied(account({ instruments: new Instruments([fine]) }));
    },
  ],
  'units-invalid': ['units least decimals', () => denied(account(), { ...BUY, units: 0 })],
  'price-invalid': [
    'price',
    () => denied(account(), { ...BUY, orderType: 'market', timeInForce: 'FOK', price: 110_000 }),
  ],
  'stop-loss-on-wrong-side': ['stopLoss bid ask', () => denied(account(), { ...BUY, stopLoss: 110_000 })],
  'take-profit-on-wrong-side': [
    'takeProfit bid ask',
    () => denied(account(), { ...BUY, takeProfit: 110_000 }),
  ],
  'trailing-distance-invalid': [
    'distance least most',
    () => denied(account(), { ...BUY, trailingDistance: 1 }),
  ],
  'expiry-invalid': [
    'expiresAt marketTime',
    () => denied(account(), { ...LIMIT, timeInForce: 'GTD', expiresAt: TEN_O_CLOCK - 1 }),
  ],
  'time-in-force-invalid': ['', () => denied(account(), { ...BUY, timeInForce: 'GTC' })],
  'insufficient-margin': ['needed available', () => denied(account(), { ...BUY, units: 10_000_000 })],
  'no-conversion-price': [
    '',
    () => {
      const one = account();
      one.quote(98_000, { instrument: 'AUD_JPY' });
      return denied(one, { ...BUY, instrument: 'AUD_JPY' });
    },
  ],
  'position-unknown': ['', () => closeDenied(account(), 99)],
  'order-unknown': [
    '',
    () => {
      const one = account();
      one.ask({ type: 'cancel-requested', orderId: 'none' });
      return lastDenial(one);
    },
  ],
  'position-side-missing': [
    'long short',
    () => {
      const one = holding(1, { hedging: true });
      one.order({ ...BUY, side: 'sell', positionFill: 'OPEN_ONLY' });
      const request = { id: 'c', instrument: 'EUR_USD', decidedAt: one.engine.at };
      one.ask({ type: 'close-out-requested', request });
      return lastDenial(one);
    },
  ],
  'protection-exists': [
    'position',
    () => {
      const one = account();
      one.order({ ...BUY, stopLoss: 109_000 });
      const stop = { orderType: 'stop_loss', side: 'sell', units: 1_000, price: 108_000 } as const;
      return denied(one, stop, undefined, lotOf(one));
    },
  ],
  'price-and-distance': [
    'price distance',
    () => denied(account(), { ...BUY, stopLoss: 109_000, stopLossDistance: 500 }),
  ],
  'trigger-condition-invalid': ['', () => denied(account(), { ...BUY, triggerCondition: 'MID' })],
  'position-fill-invalid': [
    '',
    () => {
      const one = holding(1);
      const stop = { orderType: 'stop_loss', side: 'sell', units: 1_000, price: 108_000 } as const;
      return denied(one, { ...stop, positionFill: 'REDUCE_ONLY' }, undefined, lotOf(one));
    },
  ],
  'tag-invalid': ['characters most', () => denied(account(), { ...BUY, tag: 'x'.repeat(129) })],
  'oco-group-invalid': ['characters most', () => denied(account(), { ...LIMIT, ocoGroup: 'x'.repeat(65) })],
  'oco-group-filled': [
    '',
    () => {
      const one = account();
      one.order({ ...LIMIT, ocoGroup: 'pair' });
      one.quote(108_900);
      return denied(one, { ...LIMIT, price: 108_000, ocoGroup: 'pair' });
    },
  ],
  'pending-orders-exceeded': [
    'orders limit',
    () => denied(account({ countLimits: { pendingOrders: 0, openPositions: 1 } }), LIMIT),
  ],
  'open-positions-exceeded': [
    'positions limit',
    () => denied(holding(1, { limits: { maxOpenPositions: 1 } })),
  ],
  'order-rate-exceeded': ['limit wait', () => denied(holding(1, { limits: { maxOrdersPerMinute: 1 } }))],
  'daily-trades-exceeded': ['trades limit', () => denied(holding(1, { limits: { maxTradesPerDay: 1 } }))],
  'spread-unusual': [
    'spread usual limit',
    () => {
      const one = limited({ maxSpreadRatio: 3 });
      for (let second = 1; second < 150; second += 1)
        one.quote(110_000, { at: TEN_O_CLOCK + second * 1_000 });
      one.quote(110_000, { ask: 110_031 });
      return denied(one);
    },
  ],
  'stop-loss-required': ['', () => denied(limited({ requireStopLoss: {} }))],
  'before-weekend': [
    'wait',
    () => denied(limited({ weekend: { minutesBefore: 10_000, entries: 'deny', positions: 'keep' } })),
  ],
  'around-roll-over': [
    'wait',
    () => denied(limited({ rollOver: { minutesBefore: 0, minutesAfter: 1_000 } })),
  ],
  'news-window': [
    'wait',
    () => denied(limited({ newsWindows: [{ from: TEN_O_CLOCK, to: TEN_O_CLOCK + HOUR }] })),
  ],
  'currency-exposure-exceeded': [
    'currency before after limit',
    () => denied(limited({ maxCurrencyExposure: 100 })),
  ],
  'exposure-exceeded': ['before after limit', () => denied(limited({ maxExposure: 100 }))],
  'replacement-invalid': [
    '',
    () => {
      const one = account();
      one.order(LIMIT);
      const [resting = 0] = one.engine.ledger.openOrders.keys();
      return denied(one, { ...LIMIT, side: 'sell', price: 112_000 }, resting);
    },
  ],
  'fifo-close-violated': [
    'first',
    () => {
      const one = holding(2, { fifo: true });
      return closeDenied(one, lotOf(one, 1));
    },
  ],
  'fifo-protection-violated': [
    'first',
    () => {
      const one = account({ fifo: true });
      one.order({ ...BUY, stopLoss: 109_000 });
      return denied(one, { ...BUY, stopLoss: 109_000 });
    },
  ],
  'close-units-exceed-position': [
    'units open',
    () => {
      const one = holding(1);
      return closeDenied(one, lotOf(one), 1_001);
    },
  ],
  'close-in-progress': [
    '',
    () => {
      const one = holding(1);
      const request = { id: 'first', brokerPositionId: lotOf(one), decidedAt: one.engine.at };
      // It is never answered.
      one.engine.step({ type: 'close-requested', request });
      return closeDenied(one, lotOf(one));
    },
  ],
  'size-too-small': [
    'units least',
    () => {
      const portfolio = new Portfolio({ currency: 'USD', markup: 0, instruments: PAPER_INSTRUMENTS });
      const size = { riskFraction: 0.000_000_001, stopDistance: 1_000 };
      const units = unitsOf(size, PAPER_INSTRUMENTS.named('EUR_USD'), portfolio);
      return typeof units === 'number' ? undefined : units;
    },
  ],
};

describe('a denial', () => {
  const context = { currency: 'USD', instrument: PAPER_INSTRUMENTS.named('EUR_USD'), instantText: String };

  it.each(Object.keys(DENIALS).filter(isDenialCode))('%s has its field, its numbers and a remedy', (code) => {
    const [numbers, deny] = CASES[code];
    const denial = deny();

    expect(denial?.code).toBe(code);
    if (!denial) return;
    const { field, facts, sentence } = describeDenial(denial, context);
    expect(field).toMatch(/^[a-z]\w+$/i);
    expect(Object.keys(facts).join(' ')).toBe(numbers);
    for (const { value } of Object.values(facts)) expect(sentence).toContain(value);
    expect(sentence.startsWith(DENIALS[code].reason)).toBe(true);
    expect(sentence.endsWith(` ${DENIALS[code].remedy}`)).toBe(true);
    expect(DENIALS[code].remedy).toMatch(/^[A-Z].*\.$/);
  });
});
