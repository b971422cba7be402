/** Which instruments' prices a backtest needs, and in which order they are fed. */

import { conversionWays } from '../domain/conversion.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import type { Currency } from '../domain/instrument.ts';

/** The ways to convert results in one currency to the account's, by pairs that the account has: the most direct first. */
export interface NeededConversion {
  readonly from: Currency;
  readonly ways: readonly (readonly string[])[];
}

/** Returns what must be converted to trade these instruments in an account of a currency, each currency once. */
export function neededConversions(
  traded: readonly string[],
  currency: Currency,
): readonly NeededConversion[] {
  const quoteCurrencies = traded.flatMap((name) => PAPER_INSTRUMENTS.find(name)?.quote ?? []);
  return [...new Set(quoteCurrencies)]
    .filter((from) => from !== currency)
    .map((from) => ({
      from,
      ways: conversionWays(from, currency, (name) => PAPER_INSTRUMENTS.find(name) !== undefined).map(
        (steps) => steps.map(({ instrument }) => instrument),
      ),
    }));
}

/**
 * Returns sources in the order in which their prices of one millisecond are fed: pairs that convert first, so that a result is never
 * converted at an older rate than was known, then all others, each by name.
 */
export function inFeedOrder<Source extends { readonly instrument: string }>(
  sources: readonly Source[],
  traded: readonly string[],
  currency: Currency,
): readonly Source[] {
  const converting = new Set(neededConversions(traded, currency).flatMap(({ ways }) => ways.flat()));
  const rankOf = ({ instrument }: Source) => `${converting.has(instrument) ? 0 : 1} ${instrument}`;
  return sources.toSorted((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1));
}
