/** What holding a position overnight costs in a paper account: one fixed rate for each side of an instrument. */

import type { Currency, FinancingTerms } from './instrument.ts';

// The central banks' rates at the end of 2025, rounded. They are fixed: rates of the day come from a broker only.
const INTEREST_RATES: Readonly<Record<Currency, number>> = {
  EUR: 0.02,
  GBP: 0.0375,
  AUD: 0.036,
  NZD: 0.0225,
  USD: 0.0375,
  CAD: 0.0225,
  CHF: 0,
  JPY: 0.0075,
  SEK: 0.0175,
  NOK: 0.04,
  DKK: 0.016,
  SGD: 0.015,
  HKD: 0.04,
  CNH: 0.02,
  THB: 0.0125,
  MXN: 0.07,
  ZAR: 0.0675,
  TRY: 0.38,
  PLN: 0.04,
  HUF: 0.065,
  CZK: 0.035,
  XAU: 0,
  XAG: 0,
};

/** What the broker takes on either side of the difference, per year (OANDA's tables show about 2.5 %). */
const MARKUP = 0.025;

/** A trade settles after two days, so the night after Wednesday carries it over the weekend: three days (OANDA's usual table). */
const DAYS_CHARGED = [0, 1, 1, 3, 1, 1, 0];

/**
 * Returns the terms of a pair: who pays more interest than they get pays the difference, both sides pay the markup. The
 * difference is never paid out: one fixed rate stands for many years of prices, and an interest that was not there in all of
 * them would flatter a result.
 */
export function paperFinancing(base: Currency, quote: Currency): FinancingTerms {
  const difference = (INTEREST_RATES[base] ?? 0) - (INTEREST_RATES[quote] ?? 0);
  return {
    longRate: rounded(Math.min(difference, 0) - MARKUP),
    shortRate: rounded(Math.min(-difference, 0) - MARKUP),
    daysCharged: DAYS_CHARGED,
  };
}

/** OANDA states rates to a hundredth of a percent. */
function rounded(rate: number): number {
  return Math.round(rate * 10_000) / 10_000;
}
