import { describe, expect, it } from 'vitest';
import {
  ACTIVE_STRATEGY_STATUSES,
  canStrategyBecome,
  isStrategyActive,
  requestableStatuses,
  STRATEGY_STATUSES,
} from './strategy-lifecycle.ts';
import type { StrategyStatus } from './strategy-lifecycle.ts';

// The table of the plan, written down a second time: a row that changes in one place only is a mistake.
const ALLOWED: Record<StrategyStatus, StrategyStatus[]> = {
  stopped: ['starting'],
  starting: ['running', 'stopping', 'stopped', 'failed'],
  running: ['paused', 'draining', 'stopping', 'failed'],
  paused: ['running', 'draining', 'stopping', 'failed'],
  draining: ['stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  failed: ['starting', 'stopped'],
};

describe('strategy lifecycle', () => {
  it.each(STRATEGY_STATUSES.flatMap((from) => STRATEGY_STATUSES.map((to) => ({ from, to }))))(
    'knows whether a strategy that is $from may become $to',
    ({ from, to }) => {
      expect(canStrategyBecome(from, to)).toBe(ALLOWED[from].includes(to));
    },
  );

  it.each([
    ['stopped', ['starting']],
    ['starting', ['stopping']],
    ['running', ['paused', 'draining', 'stopping']],
    ['paused', ['running', 'draining', 'stopping']],
    ['draining', ['stopping']],
    ['stopping', []],
    ['failed', ['starting']],
  ] as const)('names the states that a person can request of one that is %s: %j', (from, requestable) => {
    expect(requestableStatuses(from)).toEqual(requestable);
  });

  it('can fail from every active state', () => {
    for (const from of ACTIVE_STRATEGY_STATUSES) expect(canStrategyBecome(from, 'failed')).toBe(true);
  });

  it('holds its account and instrument in all states but stopped and failed', () => {
    expect(STRATEGY_STATUSES.filter((status) => !isStrategyActive(status))).toEqual(['stopped', 'failed']);
  });
});
