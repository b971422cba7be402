import { describe, expect, it } from 'vitest';
import { candleSpan, GRANULARITIES } from '../../core/domain/candle.ts';
import { Problem } from '../../core/shared/problem.ts';
import { GranularityDetector } from './granularity-detector.ts';

function detect(times: readonly number[]) {
  const detector = new GranularityDetector();
  // In two batches, because files come in batches.
  const half = Math.ceil(times.length / 2);
  detector.add(Float64Array.from(times.slice(0, half)));
  detector.add(Float64Array.from(times.slice(half)));
  return detector.result();
}

describe('the granularity of candles', () => {
  it.each([
    ['one candle alone', [Date.UTC(2024, 0, 2)]],
    ['a step that no granularity has', [0, 7, 14, 21].map((minute) => minute * 60_000)],
    ['hours that do not start at the hour', [0, 1, 2].map((hour) => hour * 3_600_000 + 60_000)],
    ['days that start at midnight UTC', [2, 3, 4, 5].map((day) => Date.UTC(2024, 0, day))],
  ])('is refused for %s', (_, times) => {
    expect(() => detect(times)).toThrow(Problem);
  });

  it.each(GRANULARITIES)('is found for %s, across the changes of the clock and with gaps', (granularity) => {
    const starts: number[] = [];
    let at = candleSpan(granularity, Date.UTC(2024, 2, 8)).startsAt;
    for (let count = 0; count < 200; count += 1) {
      if (count % 17 !== 5) starts.push(at);
      at = candleSpan(granularity, at).endsAt;
    }

    expect(detect(starts)).toBe(granularity);
  });
});
