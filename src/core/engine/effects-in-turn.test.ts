import { describe, expect, it } from 'vitest';
import { NO_EFFECTS } from './effect.ts';
import { inTurn } from './effects-in-turn.ts';
import type { CancelOrderEffect, Effect } from './effect.ts';

const cancel = (brokerOrderId: number): CancelOrderEffect => ({
  type: 'cancel-order',
  brokerOrderId,
  decidedAt: 0,
});

/** Performs everything and returns the numbers in the order in which they were given. */
function perform(first: readonly number[], followers: Readonly<Record<number, readonly number[]>>): number[] {
  const given: number[] = [];
  const turns = inTurn(first.map(cancel));
  let turn = turns.next();
  while (turn.done !== true) {
    const effect: Effect = turn.value;
    const number = effect.type === 'cancel-order' ? effect.brokerOrderId : 0;
    given.push(number);
    turn = turns.next(followers[number]?.map(cancel) ?? NO_EFFECTS);
  }
  return given;
}

describe('effects', () => {
  it('are performed in the order in which they were wanted', () => {
    expect(perform([1, 2, 3], {})).toEqual([1, 2, 3]);
    expect(perform([], {})).toEqual([]);
  });

  it('that one leads to wait behind all that were wanted before', () => {
    expect(perform([1, 2], { 1: [3, 4], 2: [5], 3: [6] })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leave the list that they came in as it was', () => {
    const effects = [cancel(1)];

    const turns = inTurn(effects);
    turns.next();
    turns.next([cancel(2)]);

    expect(effects).toEqual([cancel(1)]);
  });
});
