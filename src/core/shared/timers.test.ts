import { describe, expect, it } from 'vitest';
import { Timers } from './timers.ts';

describe('timers', () => {
  it('have no next moment before one is set', () => {
    const timers = new Timers(['early', 'late']);

    expect(timers.nextAt).toBe(Infinity);
    expect(timers.firstDue(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  it('name what is due first, and what is due together in the order of their names', () => {
    const timers = new Timers(['one', 'two', 'three']);
    timers.set('three', 20);
    timers.set('two', 10);
    timers.set('one', 20);

    expect(timers.nextAt).toBe(10);
    expect(timers.firstDue(9)).toBeUndefined();
    expect(timers.firstDue(10)).toBe('two');
    timers.set('two', Infinity);
    expect(timers.firstDue(30)).toBe('one');
    timers.set('one', 40);
    expect([timers.firstDue(30), timers.of('three'), timers.of('one')]).toEqual(['three', 20, 40]);
  });
});
