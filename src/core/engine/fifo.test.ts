/** The rules for accounts in the United States, with the exchange behind them: of one size the oldest first, and one protected. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { isFirstInFirstOut } from '../domain/account.ts';
import type { Effect } from './effect.ts';

/** Long lots of EUR_USD of these sizes, the oldest first. */
function holding(sizes: readonly number[], fifo = true): LockStep {
  const account = new LockStep({ fifo });
  account.quote(110_000);
  for (const units of sizes) account.order({ side: 'buy', units });
  account.notes.length = 0;
  return account;
}

const lots = ({ engine }: LockStep) => [...engine.ledger.openPositions.values()];
const numberOf = (account: LockStep, index: number) => lots(account)[index]?.brokerPositionId ?? 0;

function ask(account: LockStep, event: Parameters<LockStep['engine']['step']>[0]): readonly Effect[] {
  return account.engine.step(event);
}

const close = (account: LockStep, index: number, units?: number) =>
  ask(account, {
    type: 'close-requested',
    request: {
      id: `c-${index}`,
      brokerPositionId: numberOf(account, index),
      units,
      decidedAt: account.engine.at,
    },
  });

const protect = (account: LockStep, index: number, stopLoss: number | null) =>
  ask(account, {
    type: 'protection-requested',
    request: { brokerPositionId: numberOf(account, index), stopLoss, decidedAt: account.engine.at },
  });

describe('a close', () => {
  it('of a newer position is denied while an older one of its size is open, and names that', () => {
    const account = holding([1_000, 2_000, 1_000]);

    expect(close(account, 2)).toMatchObject([
      {
        type: 'deny',
        code: 'fifo-close-violated',
        numbers: { first: { kind: 'position', value: numberOf(account, 0) } },
      },
    ]);
    expect(close(account, 2, 400)).toMatchObject([{ code: 'fifo-close-violated' }]);
  });

  it.each([
    ['the oldest of its size', 0],
    ['the only one of its size', 1],
  ])('of %s passes', (_, index) => {
    expect(close(holding([1_000, 2_000, 1_000]), index)).toMatchObject([{ type: 'close-position' }]);
  });

  it('of a newer position passes once the close of the older one is on its way', () => {
    const account = holding([1_000, 1_000]);
    close(account, 0);

    expect(close(account, 1)).toMatchObject([{ type: 'close-position' }]);
  });

  it('of any position passes on an account elsewhere', () => {
    expect(close(holding([1_000, 1_000], false), 1)).toMatchObject([{ type: 'close-position' }]);
  });

  it('of everything is not held up', () => {
    const account = holding([1_000, 1_000, 1_000]);
    account.ask({ type: 'kill' });

    expect(account.positions).toEqual([]);
  });
});

describe('protection', () => {
  it('of a position is denied when another one of its size has some', () => {
    const account = holding([1_000, 1_000, 2_000]);
    account.ask({
      type: 'protection-requested',
      request: { brokerPositionId: numberOf(account, 0), stopLoss: 109_000, decidedAt: account.engine.at },
    });

    expect(protect(account, 1, 108_000)).toMatchObject([
      { code: 'fifo-protection-violated', numbers: { first: { value: numberOf(account, 0) } } },
    ]);
    expect(protect(account, 0, 108_000)).toMatchObject([{ type: 'change-protection' }]);
    expect(protect(account, 2, 108_000)).toMatchObject([{ type: 'change-protection' }]);
    expect(protect(account, 1, null)).toMatchObject([{ type: 'change-protection' }]);
  });

  it('that an entry brings along is denied likewise, and a preview says so', () => {
    const account = holding([]);
    account.order({ side: 'buy', units: 1_000, stopLoss: 109_000 });
    const twin = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', timeInForce: 'FOK' } as const;
    const preview = (units: number, stopLoss?: number) =>
      account.engine.preview({ terms: { ...twin, units, stopLoss } }).denials.map(({ code }) => code);

    expect(account.order({ side: 'buy', units: 1_000, stopLoss: 109_000 })).toEqual([
      'fifo-protection-violated',
    ]);
    expect(preview(1_000, 109_000)).toEqual(['fifo-protection-violated']);
    expect(preview(1_001, 109_000)).toEqual([]);
    expect(preview(1_000)).toEqual([]);
  });
});

describe('the guard of the margin', () => {
  it('closes the oldest of the size instead of the largest loss', () => {
    const limits = { marginGuard: { closeoutPercent: 50_000, positions: 'close_largest_loss' } } as const;
    const account = new LockStep({ fifo: true, limits });
    for (const price of [109_900, 110_000]) {
      account.quote(price, { ask: price });
      account.order({ side: 'buy', units: 100_000 });
    }
    const newer = numberOf(account, 1);

    for (let price = 109_900; account.positions.length === 2 && price > 100_000; price -= 1)
      account.quote(price, { ask: price });

    expect(lots(account).map(({ brokerPositionId }) => brokerPositionId)).toEqual([newer]);
  });
});

describe('isFirstInFirstOut', () => {
  it.each([
    ['practice', '101-001-1435156-001', true],
    ['live', '001-001-1435156-001', true],
    ['practice', '101-004-1435156-001', false],
    ['paper', '101-001-1435156-001', false],
  ] as const)('of the %s account %s is %s', (environment, id, expected) => {
    expect(isFirstInFirstOut(environment, id)).toBe(expected);
  });
});
