/** Parts of units: exact whatever is opened and closed, and worth what whole units of a smaller size would be. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { Ledger } from '../domain/ledger.ts';
import { Instruments } from '../domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { present } from '../shared/assert.ts';
import { stepsOfUnits, unitsOfSteps } from '../domain/units.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Position } from '../domain/position.ts';

const GOLD = PAPER_INSTRUMENTS.named('XAU_USD');

/** Gold by the ounce, and the same by the tenth of a ten times larger unit: a step of units at a point is worth the same. */
const WHOLE = { ...GOLD, unitsPrecision: 0, minimumUnits: 1, maximumOrderUnits: 400 };
const TENTHS = {
  ...GOLD,
  unitsPrecision: 1,
  minimumUnits: 0.1,
  maximumOrderUnits: 40,
  pricePrecision: 2,
  pipLocation: -1,
};

const act = fc.oneof(
  fc.record({
    type: fc.constant('order' as const),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    steps: fc.integer({ min: 1, max: 410 }),
    away: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('move' as const), points: fc.integer({ min: -4_000, max: 4_000 }) }),
  fc.record({ type: fc.constant('close' as const), steps: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ type: fc.constant('close-out' as const), steps: fc.integer({ min: 1, max: 300 }) }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** What the market takes of each quote: orders fill in parts at average prices. */
const BUCKETS = [
  { steps: 60, pointsWorse: 0 },
  { steps: 150, pointsWorse: 7 },
  { steps: 500, pointsWorse: 20 },
];

interface Kind {
  readonly hedging: boolean;
  /** Whether the market takes any size at its best price. */
  readonly isDeep: boolean;
}

const KINDS: readonly Kind[] = [true, false].flatMap((hedging) =>
  [true, false].map((isDeep) => ({ hedging, isDeep })),
);

/** An account that does the same with units of one size or the other. */
class GoldAccount extends LockStep {
  readonly #instrument: Instrument;
  #bid = 2_400_000;
  #asked = 0;

  constructor(instrument: Instrument, { hedging, isDeep }: Kind) {
    const limits = { maxPositionUnits: unitsOfSteps(instrument, 700) };
    const buckets = BUCKETS.map(({ steps, pointsWorse }) => ({
      units: unitsOfSteps(instrument, steps),
      pointsWorse,
    }));
    const depth = isDeep ? {} : { XAU_USD: buckets };
    super({ hedging, limits, depth, instruments: new Instruments([instrument]), balance: 10_000_000_000 });
    this.#instrument = instrument;
    this.move(0);
  }

  move(points: number): void {
    this.#bid += points;
    this.quote(this.#bid, { instrument: 'XAU_USD', ask: this.#bid + 300, at: this.engine.at + 1_000 });
  }

  do(step: Act): readonly string[] {
    const units = 'steps' in step ? unitsOfSteps(this.#instrument, step.steps) : 0;
    const decided = { id: `c${(this.#asked += 1)}`, units, decidedAt: this.engine.at };
    switch (step.type) {
      case 'order': {
        const { side, away } = step;
        const price = away === undefined ? undefined : this.#bid + (side === 'buy' ? -away : 300 + away);
        return this.order({ instrument: 'XAU_USD', side, units, price });
      }
      case 'move':
        this.move(step.points);
        return [];
      case 'close': {
        const [brokerPositionId = 0] = this.engine.ledger.openPositions.keys();
        return this.ask({ type: 'close-requested', request: { ...decided, brokerPositionId } });
      }
      case 'close-out':
        return this.ask({
          type: 'close-out-requested',
          request: { ...decided, instrument: 'XAU_USD', side: 'long' },
        });
    }
  }

  get lots(): readonly Position[] {
    return [...this.exchange.ledger.openPositions.values()];
  }

  /** What is open and filled, in steps; fails as the log does. */
  get held(): unknown {
    const { long, short } = this.exchange.value.openUnits('XAU_USD');
    const filled = [...this.exchange.ledger.openOrders.values()].map(({ filledUnits }) => filledUnits);
    return [long, short, ...filled].map((units) => stepsOfUnits(this.#instrument, units));
  }

  /** The log, its units in steps; fails where it holds a number that is none of the instrument. */
  get steps(): unknown {
    const inSteps = (name: string, value: unknown): unknown =>
      typeof value === 'number' && /units$/i.test(name) ? stepsOfUnits(this.#instrument, value) : value;
    return JSON.parse(JSON.stringify(this.log, inSteps));
  }
}

describe.each(KINDS)('parts of units (hedging: $hedging, deep: $isDeep)', (kind) => {
  it('are traded as whole units of a smaller size', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => {
        const [whole, parts] = [new GoldAccount(WHOLE, kind), new GoldAccount(TENTHS, kind)];
        for (const step of acts) {
          expect(parts.do(step)).toEqual(whole.do(step));
          expect(parts.held).toEqual(whole.held);
        }

        expect(parts.steps).toEqual(whole.steps);
        const { balance, nav, marginUsed } = whole.engine.snapshot();
        const same = parts.engine.snapshot();
        expect(same).toMatchObject({ balance, nav });
        // A product of doubles: a half ten-thousandth may be rounded either way.
        expect(Math.abs(same.marginUsed - marginUsed)).toBeLessThanOrEqual(1);
        const rebuilt = new Ledger();
        for (const transaction of JSON.parse(JSON.stringify(parts.log))) rebuilt.apply(transaction);
        expect([...rebuilt.openPositions]).toEqual([...parts.engine.ledger.openPositions]);
      }),
    );
  });

  it('are flat when they were closed in parts, whichever came first', () => {
    fc.assert(
      fc.property(
        fc.array(act, { minLength: 5, maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
        (acts, sizes) => {
          const account = new GoldAccount(TENTHS, kind);
          for (const step of acts) account.do(step);
          for (const {
            orderId,
            clientOrderId = String(orderId),
          } of account.exchange.ledger.openOrders.values())
            account.ask({ type: 'cancel-requested', orderId: clientOrderId });

          for (let lots = account.lots; lots.length > 0; lots = account.lots) {
            const { brokerPositionId, openUnits } =
              lots[sizes.next().value % lots.length] ?? present(lots[0], 'a lot');
            const units = Math.min(openUnits, sizes.next().value / 10);
            const request = {
              id: `f${account.log.length}`,
              brokerPositionId,
              units,
              decidedAt: account.engine.at,
            };
            expect(account.ask({ type: 'close-requested', request })).toEqual([]);
            // The next quote brings all its buckets again.
            account.move(0);
          }

          expect(account.exchange.value.openUnits('XAU_USD')).toEqual({ long: 0, short: 0 });
          expect(account.engine.ledger.openPositions.size).toBe(0);
          expect(account.engine.snapshot()).toMatchObject({ marginUsed: 0, unrealizedPnl: 0 });
        },
      ),
    );
  });
});

it('0.1 and 0.2 bought and 0.3 sold are flat, and the trades are 0.1 and 0.2', () => {
  const account = new GoldAccount(TENTHS, { hedging: false, isDeep: true });
  for (const [side, units] of [
    ['buy', 0.1],
    ['buy', 0.2],
    ['sell', 0.3],
  ] as const)
    expect(account.order({ instrument: 'XAU_USD', side, units })).toEqual(['order-created', 'order-filled']);

  expect(account.lots).toEqual([]);
  expect(account.log.at(-1)).toMatchObject({
    openedUnits: 0,
    units: 0.3,
    closed: [{ units: 0.1 }, { units: 0.2 }],
  });
});

it('a position may have exactly as many units as the instrument and the account allow', () => {
  const account = new GoldAccount({ ...TENTHS, maximumPositionUnits: 0.3 }, { hedging: false, isDeep: true });
  const buy = (units: number) => account.order({ instrument: 'XAU_USD', side: 'buy', units });

  expect([buy(0.1), buy(0.2)]).toEqual([
    ['order-created', 'order-filled'],
    ['order-created', 'order-filled'],
  ]);
  expect(buy(0.1)).toEqual(['position-units-exceeded']);
});

it.each([
  [0.15, 'units-invalid'],
  [0.1 + 0.2, 'units-invalid'],
  [0.04, 'units-invalid'],
  [40.1, 'order-units-exceeded'],
])('%d units of gold are denied', (units, code) => {
  const account = new GoldAccount(TENTHS, { hedging: false, isDeep: true });

  expect(account.order({ instrument: 'XAU_USD', side: 'buy', units })).toEqual([code]);
});
