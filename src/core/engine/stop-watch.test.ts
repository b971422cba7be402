/** Positions on an account that requires stops: their entries, and what becomes of those that lack one. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { only, TestAccount } from './testing/account.ts';
import type { RiskLimits } from '../domain/account.ts';

const BUY = { side: 'buy', units: 1_000 } as const;
const ELSEWHERE = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
} as const;

function account(limits: RiskLimits): LockStep {
  const one = new LockStep({ limits });
  one.quote(110_000);
  return one;
}

describe('an account that requires stops', () => {
  it('denies entries without one, at the market and at a price, and lets through what only reduces', () => {
    const one = account({ requireStopLoss: {} });

    expect(one.order(BUY)).toEqual(['stop-loss-required']);
    expect(one.order({ ...BUY, price: 109_000 })).toEqual(['stop-loss-required']);
    expect(one.order({ ...BUY, takeProfit: 111_000 })).toEqual(['stop-loss-required']);
    expect(one.order({ ...BUY, stopLoss: 109_000 })[0]).toBe('order-created');
    expect(one.order({ ...BUY, stopLossDistance: 500 })[0]).toBe('order-created');
    expect(one.order({ ...BUY, trailingDistance: 500 })[0]).toBe('order-created');
    expect(one.order({ side: 'sell', units: 1_000, positionFill: 'REDUCE_ONLY' })[0]).toBe('order-created');
    expect(one.notes.filter(({ type }) => type === 'stop-missing')).toEqual([]);
  });

  it('reports a position without one once, no matter who opened it, and again after it had one', () => {
    const one = new TestAccount({ limits: { requireStopLoss: {} } });
    one.quote(1_000, 110_000);
    const opened = one.show(one.log.fillElsewhere(ELSEWHERE, 110_010));
    const [brokerPositionId = 0] = one.engine.ledger.openPositions.keys();

    expect(opened).toEqual([
      {
        type: 'stop-missing',
        brokerPositionId,
        instrument: 'EUR_USD',
        isGiven: false,
        at: expect.any(Number),
      },
    ]);
    expect(one.clock(2_000)).toEqual([]);
    expect(one.clock(120_000)).toEqual([]);
  });

  it('reports it when its stop is taken away', () => {
    const one = account({ requireStopLoss: {} });
    one.order({ ...BUY, stopLoss: 109_000 });
    const [brokerPositionId = 0] = one.engine.ledger.openPositions.keys();

    one.ask({
      type: 'protection-requested',
      request: { brokerPositionId, stopLoss: null, decidedAt: one.engine.at },
    });
    expect(one.notes.at(-1)).toMatchObject({ type: 'stop-missing', brokerPositionId });
  });

  it('gives it one at the distance that the account names, from where it would close', () => {
    const one = account({ requireStopLoss: { distancePoints: 300 } });
    one.order({ ...BUY, stopLoss: 109_000 });
    const [brokerPositionId = 0] = one.engine.ledger.openPositions.keys();
    one.quote(110_200);
    one.ask({
      type: 'protection-requested',
      request: { brokerPositionId, stopLoss: null, decidedAt: one.engine.at },
    });

    expect(one.notes.at(-1)).toMatchObject({ type: 'stop-missing', isGiven: true });
    expect(one.engine.ledger.openPositions.get(brokerPositionId)?.stopLoss).toBe(109_900);
  });

  it('asks once for it, until its answer is there', () => {
    const one = new TestAccount({ limits: { requireStopLoss: { distancePoints: 300 } } });
    one.quote(1_000, 110_000);
    const opened = one.show(one.log.fillElsewhere(ELSEWHERE, 110_010));

    expect(only(opened, 'change-protection')).toMatchObject([{ request: { stopLoss: 109_700 } }]);
    expect(one.clock(2_000)).toEqual([]);
    expect(one.quote(3_000, 110_000)).toEqual([]);
  });

  it('takes a stop on its way for one, but no take profit, and no stop of another position', () => {
    const one = new TestAccount();
    one.quote(1_000, 110_000);
    for (let lot = 0; lot < 3; lot += 1) one.show(one.log.fillElsewhere(ELSEWHERE, 110_010));
    const [stopped = 0, aimed = 0, bare = 0] = one.engine.ledger.openPositions.keys();
    const protect = (brokerPositionId: number, change: object) => {
      const request = { brokerPositionId, decidedAt: one.engine.at, ...change };
      one.engine.step({ type: 'protection-requested', request });
    };
    protect(stopped, { stopLoss: 109_000 });
    protect(aimed, { takeProfit: 111_000 });
    one.engine.setLimits({ requireStopLoss: {} });

    const missing = only(one.clock(2_000), 'stop-missing');

    expect(missing.map(({ brokerPositionId }) => brokerPositionId)).toEqual([aimed, bare]);
  });

  it('waits for a price where there is none', () => {
    const one = new TestAccount({ limits: { requireStopLoss: { distancePoints: 300 } } });
    one.clock(1);
    expect(only(one.show(one.log.fillElsewhere(ELSEWHERE, 110_010)), 'stop-missing')).toMatchObject([
      { isGiven: false },
    ]);

    expect(only(one.quote(90_000, 110_000), 'change-protection')).toHaveLength(1);
  });

  it('does not judge the history that it is shown at the start', () => {
    const one = new TestAccount({ limits: { requireStopLoss: {} } });
    expect(one.show(one.log.fillElsewhere(ELSEWHERE, 110_010))).toEqual([]);
    expect(only(one.clock(1), 'stop-missing')).toHaveLength(1);
  });
});
