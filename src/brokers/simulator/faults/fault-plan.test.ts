import { describe, expect, it } from 'vitest';
import { faultPathOf, matchesPath } from './fault-path.ts';
import { FaultPlan } from './fault-plan.ts';

const post = { method: 'POST', path: '/orders' };

describe('the plan of faults', () => {
  it('has none for a request that no fault is limited to', () => {
    const plan = new FaultPlan();
    plan.arm({ fault: 'answer-lost', method: 'POST', path: '/trades/*/close' }, 0);

    expect(plan.take(['answer-lost'], post)).toBeUndefined();
    expect(plan.take(['request-lost'], { method: 'POST', path: '/trades/7/close' })).toBeUndefined();
    expect(plan.list.map(({ happened }) => happened)).toEqual([0]);
  });

  it('gives a fault as often as it is to happen, the oldest first', () => {
    const plan = new FaultPlan();
    plan.arm({ fault: 'request-lost', count: 2 }, 0);
    plan.arm({ fault: 'answer-lost', path: '/orders' }, 0);

    const kinds = [1, 2, 3, 4].map(() => plan.take(['request-lost', 'answer-lost'], post)?.fault.fault);

    expect(kinds).toEqual(['request-lost', 'request-lost', 'answer-lost', 'answer-lost']);
    expect(plan.list.map(({ happened }) => happened)).toEqual([2, 2]);
  });

  it('lets go what a fault holds up when the fault is removed', () => {
    const plan = new FaultPlan();
    const { id, removed } = plan.arm({ fault: 'request-delayed' }, 0);
    const other = plan.arm({ fault: 'answer-delayed' }, 0).removed;

    expect(plan.remove(id)).toBe(true);
    expect(plan.remove(id)).toBe(false);
    expect([removed.aborted, other.aborted]).toEqual([true, false]);
    plan.removeAll();
    expect(other.aborted).toBe(true);
    expect(plan.list).toEqual([]);
  });
});

describe('the path of a fault', () => {
  it.each([
    ['/v3/accounts/101-004-1-001/orders/7/cancel', '/orders/7/cancel'],
    ['/v3/accounts/101-004-1-001/orders?state=ALL', '/orders'],
    ['/v3/accounts/101-004-1-001', '/'],
    ['/v3/accounts', '/accounts'],
    ['/v3/instruments/EUR_USD/candles', '/instruments/EUR_USD/candles'],
    ['/v3/accounts/101-004-1-001/instruments/EUR_USD/candles', '/instruments/EUR_USD/candles'],
    ['/simulator/faults', undefined],
  ])('of %s is %s', (url, path) => {
    expect(faultPathOf(url)).toBe(path);
  });

  it.each([
    ['/orders', '/orders', true],
    ['/orders', '/pendingOrders', false],
    ['/orders', '/trades/7/orders', false],
    ['/orders/*/cancel', '/orders/7/cancel', true],
    ['/orders/*', '/orders/7/cancel', false],
    ['/', '/', true],
  ])('%s means %s: %s', (pattern, path, isMeant) => {
    expect(matchesPath(pattern, path)).toBe(isMeant);
  });
});
