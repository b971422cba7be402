import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../shared/assert.ts';
import { DrawdownTracker } from './drawdown-tracker.ts';
import type { DrawdownSummary } from './drawdown-tracker.ts';

type Step = readonly [at: number, value: number];

function track([first, ...rest]: readonly Step[], endsAt: number): DrawdownSummary {
  const tracker = new DrawdownTracker(...(first ?? [0, 0]));
  for (const step of rest) tracker.update(...step);
  return tracker.summary(endsAt);
}

/** The definitions, point by point against all points before and after. */
function searchDrawdowns(steps: readonly Step[], endsAt: number): DrawdownSummary {
  const peakBefore = steps.map((_, index) =>
    Math.max(...steps.slice(0, index + 1).map(([, value]) => value)),
  );
  const falls = steps.map(([, value], index) => (peakBefore[index] ?? 0) - value);
  const depths = falls.map((fall, index) => fall / (peakBefore[index] ?? 1));
  const maximumFraction = Math.max(...depths);

  const stretches = steps.flatMap(([at, value], index) => {
    if (value !== peakBefore[index]) return [];
    const next = steps.findIndex(([, later], laterIndex) => laterIndex > index && later >= value);
    const isUnderWater = next === -1 ? index + 1 < steps.length : next > index + 1;
    return isUnderWater ? [{ ms: (steps[next]?.[0] ?? endsAt) - at, isOpen: next === -1 }] : [];
  });
  const longestMs = Math.max(0, ...stretches.map((stretch) => stretch.ms));

  const lowIndex = depths.indexOf(maximumFraction);
  const recovery = steps.find(([, value], index) => index > lowIndex && value >= (peakBefore[lowIndex] ?? 0));
  return {
    maximumFraction,
    maximumMoney: Math.max(...falls),
    longestMs,
    longestIsOpen: longestMs > 0 && stretches.every((stretch) => stretch.ms < longestMs || stretch.isOpen),
    recoveryMs:
      maximumFraction === 0 || recovery === undefined ? null : recovery[0] - (steps[lowIndex]?.[0] ?? 0),
  };
}

describe('DrawdownTracker', () => {
  it.each([0, -1])('refuses to start from %s, below which no share can be taken', (startValue) => {
    expect(() => new DrawdownTracker(0, startValue)).toThrow(InvariantError);
  });

  it('would keep each value that changes the drawdowns, whatever comes after it', () => {
    const anyValue = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 6 }), anyValue, anyValue, (before, value, after) => {
        const steps = [5, ...before].map((level, index): Step => [index, level]);
        const tracker = new DrawdownTracker(0, 5);
        for (const step of steps) tracker.update(...step);
        fc.pre(!tracker.wouldKeep(value));

        const last: Step = [steps.length + 1, after];
        expect(track([...steps, [steps.length, value], last], 20)).toEqual(track([...steps, last], 20));
      }),
      { numRuns: 1_000 },
    );
  });

  it('sees no drawdown in a value that never falls', () => {
    expect(
      track(
        [
          [0, 100],
          [5, 100],
          [9, 120],
        ],
        20,
      ),
    ).toEqual({ maximumFraction: 0, maximumMoney: 0, longestMs: 0, longestIsOpen: false, recoveryMs: null });
  });

  it('keeps the deepest by share and the deepest by money apart', () => {
    const summary = track(
      [
        [0, 100],
        [1, 60], // 40 %
        [4, 100],
        [5, 1_000],
        [6, 900], // 100 in money, but only 10 %
        [9, 1_000],
      ],
      9,
    );

    expect(summary).toEqual({
      maximumFraction: 0.4,
      maximumMoney: 100,
      longestMs: 4,
      longestIsOpen: false,
      recoveryMs: 3,
    });
  });

  it('runs an unrecovered drawdown to the end and says that it is open', () => {
    const steps: Step[] = [
      [0, 100],
      [2, 90],
      [3, 100],
      [4, 80],
      [6, 95],
    ];

    expect(track(steps, 30)).toEqual({
      maximumFraction: 0.2,
      maximumMoney: 20,
      longestMs: 27,
      longestIsOpen: true,
      recoveryMs: null,
    });
  });

  it('goes above a whole when the value falls below zero', () => {
    expect(
      track(
        [
          [0, 100],
          [1, -50],
        ],
        1,
      ).maximumFraction,
    ).toBe(1.5);
  });

  it('agrees with a search through all points', () => {
    const steps = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 15 })), {
        minLength: 1,
        maxLength: 25,
      })
      .map((gaps) => {
        let at = 0;
        return gaps.map(([gap, value]): Step => [(at += gap), value]);
      });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 20 }), (path, tail) => {
        const endsAt = (path.at(-1)?.[0] ?? 0) + tail;

        expect(track(path, endsAt)).toEqual(searchDrawdowns(path, endsAt));
      }),
      { numRuns: 300 },
    );
  });
});
