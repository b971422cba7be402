import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HeldRefusals } from './held-refusals.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Ten refusals that each sender is answered at once. */
async function useUp(refusals: HeldRefusals, sender: string): Promise<void> {
  for (let count = 0; count < 10; count += 1) expect(await refusals.wait(sender)).toBe('at-once');
}

/** What was decided so far, in order. */
function noted(refusals: HeldRefusals) {
  const decisions: string[] = [];
  const wait = (sender: string): void =>
    void refusals.wait(sender).then((when) => decisions.push(`${sender} ${when}`));
  return { decisions, wait };
}

it('holds the refusals of a sender who has had many, and of no one else', async () => {
  const refusals = new HeldRefusals();
  const { decisions, wait } = noted(refusals);
  await useUp(refusals, 'flooder');

  wait('flooder');
  wait('other');
  await vi.advanceTimersByTimeAsync(999);
  expect(decisions).toEqual(['other at-once']);
  await vi.advanceTimersByTimeAsync(1);

  expect(decisions).toEqual(['other at-once', 'flooder later']);
});

it('holds no more than so many of one sender, and of all', async () => {
  const refusals = new HeldRefusals({ holdMs: 1_000, held: 3, heldOfSender: 2 });
  const { decisions, wait } = noted(refusals);
  for (const sender of ['one', 'two']) await useUp(refusals, sender);

  for (const sender of ['one', 'one', 'one', 'two', 'two']) wait(sender);
  await vi.advanceTimersByTimeAsync(0);
  expect(decisions).toEqual(['one never', 'two never']);
  await vi.advanceTimersByTimeAsync(1_000);
  wait('one');
  await vi.advanceTimersByTimeAsync(1_000);

  expect(decisions.slice(2)).toEqual(['one later', 'one later', 'two later', 'one later']);
});

it('holds nothing when the server stops', async () => {
  const refusals = new HeldRefusals();
  const { decisions, wait } = noted(refusals);
  await useUp(refusals, 'flooder');
  wait('flooder');

  refusals.releaseAll();
  await vi.advanceTimersByTimeAsync(0);
  wait('flooder');
  await vi.advanceTimersByTimeAsync(0);

  expect(decisions).toEqual(['flooder later', 'flooder at-once']);
});
