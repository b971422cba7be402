import { expect, it } from 'vitest';
import { recentlyUsed } from './recently-used.ts';

it('forgets what was not used for longest when there is more than it keeps', () => {
  const kept = recentlyUsed<{ readonly number: number }>(3);
  for (const number of [1, 2, 3]) kept.set(`${number}`, { number });
  kept.get('1');

  kept.set('4', { number: 4 });
  kept.set('1', { number: 5 });

  expect([...kept.values()].map(({ number }) => number)).toEqual([5, 4, 3]);
});
