/** What a preview says is what happens when the order follows at the same quote, whatever the account holds and its limits are. */

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { RANDOM_LIMITS } from '../backtest/testing/random-limits.ts';
import { ENTRY_ORDER_TYPES, ORDER_SIDES, POSITION_FILLS, TIMES_IN_FORCE } from '../domain/order.ts';
import type { OrderTerms } from '../domain/order.ts';

const MINUTE = 60_000;
/** Friday 5 January 2024, an hour before the market closes for the weekend. */
const FRIDAY = Date.UTC(2024, 0, 5, 20, 50);
const BALANCE = 100_000_000;
const BID = { EUR_USD: 110_000, USD_JPY: 144_000 } as const;

/** Mostly nothing, so that many orders pass. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, arbitrary);
const distance = fc.integer({ min: -3, max: 400 });
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);

const order = fc.record({
  type: fc.constant('order' as const),
  instrument: oneOf(['EUR_USD', 'USD_JPY'] as const),
  orderType: fc.oneof({ weight: 3, arbitrary: fc.constant('market' as const) }, oneOf(ENTRY_ORDER_TYPES)),
  side: oneOf(ORDER_SIDES),
  units: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 200_000 }) }, oneOf([0, -1, 0.5, 1e15])),
  away: fc.integer({ min: -200, max: 200 }),
  timeInForce: maybe(oneOf(TIMES_IN_FORCE)),
  positionFill: maybe(oneOf(POSITION_FILLS)),
  stopAway: maybe(distance),
  stopLossDistance: maybe(distance),
  takeProfitDistance: maybe(distance),
  trailingDistance: maybe(distance),
});
const act = fc.oneof(
  order,
  fc.record({ type: fc.constant('move' as const), points: fc.integer({ min: -300, max: 300 }) }),
  fc.record({ type: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ type: fc.constant('close' as const) }),
  fc.record({ type: oneOf(['halt', 'resume'] as const) }),
);

type Asked = typeof order extends fc.Arbitrary<infer T> ? T : never;

function termsOf(asked: Asked, bid: number): OrderTerms {
  const { instrument, orderType, side, units, away, stopAway, timeInForce, type: _, ...others } = asked;
  const isMarket = orderType === 'market';
  return {
    ...others,
    instrument,
    orderType,
    side,
    units,
    timeInForce: timeInForce ?? (isMarket ? 'FOK' : 'GTC'),
    price: isMarket ? undefined : bid + away,
    stopLoss: stopAway === undefined ? undefined : bid - stopAway,
  };
}

it.each([true, false])('a preview says what happens (hedging %s)', (hedging) => {
  const run = fc.record({
    limits: oneOf(RANDOM_LIMITS),
    fifo: fc.boolean(),
    acts: fc.array(act, { minLength: 1, maxLength: 12 }),
  });
  fc.assert(
    fc.property(run, ({ limits, fifo, acts }) => {
      const account = new LockStep({ limits: limits(BALANCE), hedging, fifo, startsAt: FRIDAY });
      const { engine } = account;
      let [moved, at] = [0, FRIDAY];
      const bidOf = (name: keyof typeof BID): number => BID[name] + moved;
      const show = (): void => {
        for (const instrument of ['EUR_USD', 'USD_JPY'] as const)
          account.quote(bidOf(instrument), { instrument, at });
      };
      show();
      for (const step of acts) {
        if (step.type === 'move') moved += step.points;
        if (step.type === 'wait') at += step.minutes * MINUTE;
        if (step.type === 'halt' || step.type === 'resume') account.ask({ type: step.type });
        if (step.type === 'close' && engine.ledger.openPositions.size > 0) account.closeOldest();
        if (step.type !== 'order') show();
        else check(account, termsOf(step, bidOf(step.instrument)));
      }
    }),
    { numRuns: 150 },
  );
});

function check(account: LockStep, terms: OrderTerms): void {
  const { engine } = account;
  const preview = engine.preview({ terms });
  const notes = account.notes.length;
  const written = account.log.length;

  account.order(terms);

  const denial = account.notes.slice(notes).find(({ type }) => type === 'deny');
  const [first] = preview.denials;
  expect(denial).toEqual(first && expect.objectContaining({ code: first.code }));
  if (first) return expect(account.log.length).toBe(written);
  const fill = account.log.slice(written).find((entry) => entry.type === 'order-filled');
  if (!fill || !preview.fill) return;
  expect(fill).toMatchObject({ price: preview.fill.price, openedUnits: preview.fill.openedUnits });
  // Each of the three amounts is rounded by itself.
  const availableAfter = preview.margin?.availableAfter ?? Infinity;
  expect(engine.snapshot().marginAvailable).toBeGreaterThanOrEqual(availableAfter - 3);
}
