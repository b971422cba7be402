/** What an amount of one currency is worth in another, by the prices at hand. */

import type { Currency } from './instrument.ts';

/** One pair on the way from a currency to another: its middle price, or one divided by it, is the next factor. */
export interface ConversionStep {
  readonly instrument: string;
  readonly isInverse: boolean;
}

// Without a pair of the two currencies, the rate is made of two pairs that share one of these.
const BRIDGES: readonly Currency[] = ['USD', 'EUR'];

/**
 * Returns the ways to convert `from` to `to` by middle prices, the most direct first: the pair of the two, by way of US dollars,
 * by way of euros. Ways with a pair that `hasPrice` does not affirm are left out.
 */
export function conversionWays(
  from: Currency,
  to: Currency,
  hasPrice: (instrumentName: string) => boolean,
): readonly (readonly ConversionStep[])[] {
  if (from === to) return [[]];
  const bridges = BRIDGES.filter((bridge) => bridge !== from && bridge !== to);
  const routes = [[from, to], ...bridges.map((bridge) => [from, bridge, to])];
  return routes.flatMap((route) => {
    const steps = route
      .slice(1)
      .flatMap((next, index) => pairStep(route[index] ?? from, next, hasPrice) ?? []);
    return steps.length === route.length - 1 ? [steps] : [];
  });
}

/** The pair of two currencies may name them the other way round. */
function pairStep(
  from: Currency,
  to: Currency,
  hasPrice: (instrumentName: string) => boolean,
): ConversionStep | undefined {
  const [forward, backward] = [`${from}_${to}`, `${to}_${from}`];
  if (hasPrice(forward)) return { instrument: forward, isInverse: false };
  return hasPrice(backward) ? { instrument: backward, isInverse: true } : undefined;
}
