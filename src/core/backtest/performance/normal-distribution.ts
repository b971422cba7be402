/** The standard normal distribution. */

import { assert } from '../../shared/assert.ts';

// Beyond this the distribution is 0 or 1 in a double.
const TAIL = 8.3;

/** Returns the probability that a standard normal number is at most `x`, to 1e-15 absolute (series of Marsaglia 2004). */
export function normalProbability(x: number): number {
  if (x > TAIL) return 1;
  if (x < -TAIL) return 0;
  // 1/2 + density · (x + x³/3 + x⁵/(3·5) + …)
  let term = x;
  let total = x;
  for (let odd = 3; Math.abs(term) > Math.abs(total) * 1e-17; odd += 2) {
    term *= (x * x) / odd;
    total += term;
  }
  return 0.5 + (total * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** Returns the number below which a standard normal number lies with this probability, which is between 0 and 1 exclusive. */
export function normalQuantile(probability: number): number {
  assert(probability > 0 && probability < 1, `a probability between 0 and 1 was wanted, was ${probability}`);
  let low = -TAIL;
  let high = TAIL;
  // Halving the bracket to neighbouring doubles: slow and exact, and asked for a few times a report.
  for (let middle = 0; ;) {
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
    const next = low + (high - low) / 2;
    if (next <= low || next >= high) return next;
    middle = next;
  }
}
