/** The plain statistics under the performance metrics. */

// Returns come from whole ten-thousandths over an equity: differences below this are rounding noise, not variation.
const TINY = 1e-13;

/** Returns numerator ÷ denominator, or null when either is null, the denominator is zero or tiny, or the result is not finite. */
export function ratio(numerator: number | null, denominator: number | null): number | null {
  if (numerator === null || denominator === null || Math.abs(denominator) < TINY) return null;
  const quotient = numerator / denominator;
  return Number.isFinite(quotient) ? quotient : null;
}

/** Returns the sum; 0 for nothing. */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Returns the largest, or null for nothing. (`Math.max(...values)` fails above some hundred thousand.) */
export function largest(values: readonly number[]): number | null {
  return values.reduce<number | null>(
    (found, value) => (found === null || value > found ? value : found),
    null,
  );
}

/** Returns the arithmetic mean, or null for nothing. */
export function mean(values: readonly number[]): number | null {
  return ratio(sum(values), values.length);
}

/** Returns the standard deviation of a sample (n − 1), or null below two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const variance = ratio(centralSum(values, 2), Math.max(values.length - 1, 0));
  return variance === null ? null : Math.sqrt(variance);
}

/** Returns the bias-corrected sample skewness (G1 of Joanes & Gill 1998), or null below three values or without variation. */
export function skewness(values: readonly number[]): number | null {
  const n = values.length;
  const deviation = populationDeviation(values);
  if (n < 3 || deviation < TINY) return null;
  return ((Math.sqrt(n * (n - 1)) / (n - 2)) * (centralSum(values, 3) / n)) / deviation ** 3;
}

/** Returns the bias-corrected excess kurtosis (G2 of Joanes & Gill 1998; 0 for normal), or null below four values or without variation. */
export function excessKurtosis(values: readonly number[]): number | null {
  const n = values.length;
  const deviation = populationDeviation(values);
  if (n < 4 || deviation < TINY) return null;
  const excess = centralSum(values, 4) / n / deviation ** 4 - 3;
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * excess + 6);
}

/** Returns the value below which a share of the values lies, linear between neighbours (Hyndman & Fan 1996, type 7); null for nothing. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (position - Math.floor(position));
}

/** Returns the middle value, or null for nothing. */
export function median(values: readonly number[]): number | null {
  return percentile(values, 0.5);
}

function populationDeviation(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.sqrt(centralSum(values, 2) / values.length);
}

function centralSum(values: readonly number[], power: number): number {
  const centre = mean(values) ?? 0;
  let total = 0;
  for (const value of values) total += (value - centre) ** power;
  return total;
}
