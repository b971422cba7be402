import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureDistribution } from './distribution.ts';

describe('measureDistribution', () => {
  it('says nothing about a tail that fewer than 20 returns cannot have', () => {
    const returns = Array.from({ length: 19 }, (_, index) => (index - 9) / 1_000);

    expect(measureDistribution(returns)).toMatchObject({
      valueAtRisk95: null,
      valueAtRisk95Normal: null,
      conditionalValueAtRisk95: null,
      tailRatio: null,
    });
  });

  it('has no omega and no gain to pain without a loss', () => {
    expect(measureDistribution([0.01, 0, 0.02])).toMatchObject({ omega: null, gainToPain: null });
  });

  it('compares gains with losses', () => {
    const { omega, gainToPain } = measureDistribution([0.03, -0.01, 0.02, -0.01]);

    expect(omega).toBeCloseTo(2.5, 12);
    expect(gainToPain).toBeCloseTo(1.5, 12);
  });

  it('takes the 5th percentile between neighbours, and the mean of what is at or below it', () => {
    // 41 returns from −2 % to +2 %: the 5th percentile is the third lowest exactly.
    const returns = Array.from({ length: 41 }, (_, index) => (index - 20) / 1_000);

    const found = measureDistribution(returns);

    expect(found.valueAtRisk95).toBeCloseTo(-0.018, 12);
    expect(found.conditionalValueAtRisk95).toBeCloseTo(-0.019, 12);
    expect(found.valueAtRisk95Normal).toBeCloseTo(-1.6448536269514729 * Math.sqrt((41 * 42) / 12) * 1e-3, 12);
    expect(found.tailRatio).toBeCloseTo(1, 12);
  });

  it('never expects less loss beyond the value at risk than the value at risk', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 20, maxLength: 80 }),
        (returns) => {
          const { valueAtRisk95, conditionalValueAtRisk95 } = measureDistribution(returns);

          expect(conditionalValueAtRisk95 ?? Infinity).toBeLessThanOrEqual(
            (valueAtRisk95 ?? -Infinity) + 1e-15,
          );
        },
      ),
    );
  });
});
