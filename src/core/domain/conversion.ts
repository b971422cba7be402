/** What an amount of one currency is worth in another, by the prices at hand. */

import { findInstrument } from './instrument.ts';
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
  const ways = [[pairStep(from, to)], ...BRIDGES.flatMap((bridge) => wayThrough(bridge, from, to))];
  return ways.filter((steps) => steps.every(({ instrument }) => hasPrice(instrument)));
}

function wayThrough(bridge: Currency, from: Currency, to: Currency): readonly (readonly ConversionStep[])[] {
  return bridge === from || bridge === to ? [] : [[pairStep(from, bridge), pairStep(bridge, to)]];
}

/** Any two currencies have one pair; it may name them the other way round. */
function pairStep(from: Currency, to: Currency): ConversionStep {
  const forward = findInstrument(`${from}_${to}`);
  return forward
    ? { instrument: forward.name, isInverse: false }
    : { instrument: `${to}_${from}`, isInverse: true };
}
