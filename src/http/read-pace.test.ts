import { expect, it } from 'vitest';
import { costOfRead, ReadPace, rowsOf, SharedReadPace } from './read-pace.ts';
import { WrittenAnswer } from './written-answer.ts';

/** How many reads of so many rows someone gets in so many ms who asks for the next as soon as they may. */
function readsWithin(ms: number, rows: number): number {
  const pace = new ReadPace(2_500);
  let [reads, now] = [0, 0];
  for (; now < ms; now += pace.pauseMs(now)) {
    pace.note(costOfRead({ rows, requests: 4 }), now);
    reads += 1;
    if (pace.pauseMs(now) === 0) now += 0.001;
  }
  return reads;
}

it('gives the pages of a screen at once, and then so many rows a second', () => {
  expect(readsWithin(1, 50)).toBeGreaterThanOrEqual(13);
  expect(readsWithin(60_000, 500)).toBeGreaterThan(245);
  expect(readsWithin(60_000, 500)).toBeLessThan(260);
});

it('does not keep anyone waiting for long after one long answer', () => {
  const pace = new ReadPace(2_500);

  pace.note(costOfRead({ rows: 20_000, requests: 4 }), 0);
  expect(pace.pauseMs(0)).toBe(0);
  pace.note(costOfRead({ rows: 20_000, requests: 4 }), 0);
  pace.note(costOfRead({ rows: 20_000, requests: 4 }), 0);

  expect(pace.pauseMs(0)).toBeLessThan(600);
  expect(pace.pauseMs(600)).toBe(0);
});

it('those who read much get their places one after the other, each after what the one before costs', () => {
  const shared = new SharedReadPace(10_000);

  expect([shared.takePlace(500, 0), shared.takePlace(100, 0), shared.takePlace(100, 10)]).toEqual([
    0, 50, 50,
  ]);
  expect(shared.takePlace(100, 1_000)).toBe(0);
});

it.each([
  [{ items: [1, 2, 3], nextCursor: null }, 3],
  [{ trades: [1], days: [1, 2] }, 3],
  [{ id: 'one' }, 0],
  [new WrittenAnswer('{"items":[{},{}]}', 2), 2],
  ['text', 0],
  [undefined, 0],
])('counts the rows of %j as %d', (answer, rows) => {
  expect(rowsOf(answer)).toBe(rows);
});
