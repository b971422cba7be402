import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../shared/assert.ts';
import { normalProbability, normalQuantile } from './normal-distribution.ts';

describe('The normal distribution', () => {
  it.each([0, 1, -0.1, Number.NaN])('has no quantile for a probability of %s', (probability) => {
    expect(() => normalQuantile(probability)).toThrow(InvariantError);
  });

  // SciPy 1.17.1, scipy.stats.norm.cdf and ppf.
  it.each([
    [-40, 0],
    [-8, 6.22096057427174e-16],
    [-6, 9.865876450376946e-10],
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1.96, 0.9750021048517795],
    [4, 0.9999683287581669],
    [7, 0.9999999999987201],
    [40, 1],
  ])('is at most %s with probability %s', (x, probability) => {
    expect(Math.abs(normalProbability(x) - probability)).toBeLessThan(1e-15);
  });

  it.each([
    [1e-9, -5.9978070150076865],
    [0.001, -3.090232306167813],
    [0.05, -1.6448536269514729],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
  ])('has the quantile of %s at %s', (probability, x) => {
    // The probability is good to 1e-15, so the quantile is good to that over the density.
    const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    expect(Math.abs(normalQuantile(probability) - x)).toBeLessThan(2e-15 / density + 1e-15);
  });

  it('has a quantile that undoes the probability', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => {
        expect(normalQuantile(normalProbability(x))).toBeCloseTo(x, 8);
      }),
    );
  });
});
