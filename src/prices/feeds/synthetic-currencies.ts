/** The currencies of the synthetic market: what each is worth, and how wide its spreads are. */

import { present } from '../../core/shared/assert.ts';
import type { Currency } from '../../core/domain/instrument.ts';

interface SyntheticCurrency {
  /** What one unit is worth in US dollars, on average over a long time. */
  readonly dollars: number;
  /** What the currency adds to a pair's spread: whole points, or a part of the price. */
  readonly spreadPoints?: number;
  readonly spreadPart?: number;
}

// EUR_USD comes to a spread of 12 points in good hours, as at a retail broker. The place of a currency in this list is the number of
// its walk: new ones come last, so that the same seed gives the same market.
const CURRENCIES: Readonly<Record<Currency, SyntheticCurrency>> = {
  EUR: { dollars: 1.1, spreadPoints: 6 },
  GBP: { dollars: 1.27, spreadPoints: 10 },
  AUD: { dollars: 0.66, spreadPoints: 8 },
  NZD: { dollars: 0.61, spreadPoints: 12 },
  USD: { dollars: 1, spreadPoints: 6 },
  CAD: { dollars: 1 / 1.36, spreadPoints: 11 },
  CHF: { dollars: 1 / 0.9, spreadPoints: 9 },
  JPY: { dollars: 1 / 150, spreadPoints: 8 },
  SEK: { dollars: 1 / 10.5, spreadPart: 0.0004 },
  NOK: { dollars: 1 / 10.7, spreadPart: 0.0004 },
  DKK: { dollars: 1.1 / 7.46, spreadPart: 0.0002 },
  SGD: { dollars: 1 / 1.34, spreadPart: 0.0002 },
  HKD: { dollars: 1 / 7.8, spreadPart: 0.0001 },
  CNH: { dollars: 1 / 7.2, spreadPart: 0.0002 },
  THB: { dollars: 1 / 35, spreadPart: 0.001 },
  MXN: { dollars: 1 / 18, spreadPart: 0.0004 },
  ZAR: { dollars: 1 / 18.5, spreadPart: 0.0006 },
  TRY: { dollars: 1 / 32, spreadPart: 0.002 },
  PLN: { dollars: 1 / 4, spreadPart: 0.0006 },
  HUF: { dollars: 1 / 360, spreadPart: 0.0006 },
  CZK: { dollars: 1 / 23, spreadPart: 0.0006 },
  XAU: { dollars: 2_400, spreadPart: 0.00014 },
  XAG: { dollars: 28, spreadPart: 0.0008 },
};

const WALKS = new Map(Object.keys(CURRENCIES).map((currency, index) => [currency, index]));

/** Returns what is known of a currency; InvariantError when the synthetic market does not have it. */
export function syntheticCurrency(currency: Currency): SyntheticCurrency {
  return present(CURRENCIES[currency], `a currency of the synthetic market named ${currency}`);
}

/** Returns the number of the walk that the value of a currency follows. */
export function walkOf(currency: Currency): number {
  return present(WALKS.get(currency), `a currency of the synthetic market named ${currency}`);
}
