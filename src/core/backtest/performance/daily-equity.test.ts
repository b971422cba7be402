import { describe, expect, it } from 'vitest';
import { DailyEquity } from './daily-equity.ts';

const at = (text: string): number => Date.parse(text);

function sample(startsAt: string, startEquity: number, changes: readonly (readonly [string, number])[]) {
  const daily = new DailyEquity(at(startsAt), startEquity);
  for (const [time, equity] of changes) daily.update(at(time), equity);
  return daily.points().map(({ endsAt, equity }) => [new Date(endsAt).toISOString(), equity]);
}

describe('DailyEquity', () => {
  it('has one point, the day in progress, before anything happens', () => {
    expect(sample('2024-01-03T12:00:00Z', 100, [])).toEqual([['2024-01-03T22:00:00.000Z', 100]]);
  });

  it('takes the last equity at or before 17:00 New York', () => {
    expect(
      sample('2024-01-03T12:00:00Z', 100, [
        ['2024-01-03T13:00:00Z', 110],
        ['2024-01-03T22:00:00Z', 120],
        ['2024-01-03T22:00:00.001Z', 130],
      ]),
    ).toEqual([
      ['2024-01-03T22:00:00.000Z', 120],
      ['2024-01-04T22:00:00.000Z', 130],
    ]);
  });

  it('would keep more than the newest equity only after the end of the day', () => {
    const daily = new DailyEquity(at('2024-01-03T12:00:00Z'), 100);

    expect(daily.wouldKeep(at('2024-01-03T22:00:00Z'))).toBe(false);
    expect(daily.wouldKeep(at('2024-01-03T22:00:00.001Z'))).toBe(true);
  });

  it('makes no day of a Saturday or a Sunday', () => {
    expect(
      sample('2024-01-05T12:00:00Z', 100, [
        ['2024-01-05T21:59:59Z', 110],
        ['2024-01-05T22:00:04Z', 111],
        ['2024-01-07T22:05:00Z', 120],
        ['2024-01-08T09:00:00Z', 130],
      ]),
    ).toEqual([
      ['2024-01-05T22:00:00.000Z', 110],
      ['2024-01-08T22:00:00.000Z', 130],
    ]);
  });

  it('begins with Monday when it starts at the close of Friday', () => {
    expect(sample('2024-01-05T22:00:00Z', 100, [['2024-01-08T10:00:00Z', 90]])).toEqual([
      ['2024-01-08T22:00:00.000Z', 90],
    ]);
  });

  it('repeats the equity on days without a change, so that resting counts as no return', () => {
    expect(
      sample('2024-01-03T12:00:00Z', 100, [
        ['2024-01-03T13:00:00Z', 110],
        ['2024-01-09T13:00:00Z', 120],
      ]),
    ).toEqual([
      ['2024-01-03T22:00:00.000Z', 110],
      ['2024-01-04T22:00:00.000Z', 110],
      ['2024-01-05T22:00:00.000Z', 110],
      ['2024-01-08T22:00:00.000Z', 110],
      ['2024-01-09T22:00:00.000Z', 120],
    ]);
  });

  it('follows the clocks of New York through the change to daylight saving', () => {
    expect(
      sample('2024-03-08T12:00:00Z', 100, [['2024-03-12T12:00:00Z', 100]]).map(([endsAt]) => endsAt),
    ).toEqual(['2024-03-08T22:00:00.000Z', '2024-03-11T21:00:00.000Z', '2024-03-12T21:00:00.000Z']);
  });

  it('gives 260 days for the weekdays of 2024 without Christmas and New Year', () => {
    const daily = new DailyEquity(at('2023-12-31T22:00:00Z'), 100);

    daily.update(at('2024-12-31T22:00:00Z'), 100);

    expect(daily.points()).toHaveLength(260);
  });
});
