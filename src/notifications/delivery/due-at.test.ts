import { expect, it } from 'vitest';
import { dueAt } from './due-at.ts';
import type { DueWish } from './due-at.ts';

const WISH: DueWish = {
  timezone: 'UTC',
  isDigest: false,
  digestAt: 8 * 60,
  quietHours: undefined,
  groupSeconds: 60,
};
const at = (text: string) => Date.parse(text);
const NIGHT = { from: 22 * 60, until: 7 * 60 };
const NOON = { from: 12 * 60, until: 13 * 60 };

it.each([
  ['2026-03-02T12:00:00Z', {}, '2026-03-02T12:01:00Z'],
  ['2026-03-02T12:00:00Z', { groupSeconds: 0 }, '2026-03-02T12:00:00Z'],
  ['2026-03-02T23:30:10Z', { quietHours: NIGHT }, '2026-03-03T07:00:00Z'],
  ['2026-03-02T06:30:10Z', { quietHours: NIGHT }, '2026-03-02T07:00:00Z'],
  ['2026-03-02T07:00:00Z', { quietHours: NIGHT }, '2026-03-02T07:01:00Z'],
  ['2026-03-02T21:59:30Z', { quietHours: NIGHT }, '2026-03-03T07:00:00Z'],
  ['2026-03-02T12:30:00Z', { quietHours: NOON }, '2026-03-02T13:00:00Z'],
  ['2026-03-02T13:30:00Z', { quietHours: NOON }, '2026-03-02T13:31:00Z'],
  ['2026-03-02T13:30:00Z', { quietHours: NIGHT, timezone: 'Asia/Tokyo' }, '2026-03-02T22:00:00Z'],
  ['2026-03-02T12:30:00Z', { quietHours: { from: 5, until: 5 } }, '2026-03-02T12:31:00Z'],
  ['2026-03-02T07:59:59Z', { isDigest: true }, '2026-03-02T08:00:00Z'],
  ['2026-03-02T08:00:00Z', { isDigest: true }, '2026-03-03T08:00:00Z'],
  ['2026-03-02T12:00:00Z', { isDigest: true, timezone: 'Asia/Kolkata' }, '2026-03-03T02:30:00Z'],
  // Clocks in New York go forward at 02:00 on the 8th of March 2026, and back at 02:00 on the 1st of November.
  ['2026-03-07T20:00:00Z', { isDigest: true, timezone: 'America/New_York' }, '2026-03-08T12:00:00Z'],
  ['2026-10-31T20:00:00Z', { isDigest: true, timezone: 'America/New_York' }, '2026-11-01T13:00:00Z'],
])('a message of %s with %j is due at %s', (now, wish, due) => {
  expect(new Date(dueAt(at(now), { ...WISH, ...wish })).toISOString()).toBe(new Date(due).toISOString());
});

it('a digest at a time that the clocks skip comes within an hour of it', () => {
  const due = dueAt(at('2026-03-08T05:00:00Z'), {
    ...WISH,
    isDigest: true,
    digestAt: 2 * 60 + 30,
    timezone: 'America/New_York',
  });

  expect(Math.abs(due - at('2026-03-08T07:00:00Z'))).toBeLessThanOrEqual(3_600_000);
});

it('quiet hours that end at a time that the clocks skip are over when a message is due', () => {
  // In London, clocks go from 01:00 to 02:00 on the 29th of March 2026.
  const due = dueAt(at('2026-03-28T23:00:00Z'), {
    ...WISH,
    quietHours: { from: 22 * 60, until: 60 + 30 },
    timezone: 'Europe/London',
  });

  expect(new Date(due).toISOString()).toBe('2026-03-29T01:30:00.000Z');
});
