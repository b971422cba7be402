/** An instrument as an account's broker describes it. */

import { formatDecimal, parseDecimal } from '../shared/decimal.ts';

/** A currency by its ISO 4217 code, or what is traded like one: XAU gold, XAG silver (a troy ounce each), CNH offshore renminbi. */
export type Currency = string;

/** The currencies in which an account can be kept. */
export const ACCOUNT_CURRENCIES = ['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'JPY'] as const;
export type AccountCurrency = (typeof ACCOUNT_CURRENCIES)[number];

/** When an instrument trades: forex, pairs with the New Zealand dollar, and gold and silver pause at different times of the day. */
export const TRADING_HOURS = ['forex', 'forex_nzd', 'metals'] as const;
export type TradingHoursName = (typeof TRADING_HOURS)[number];

/** What holding brings per year, as a part of the position's value; what the holder pays is negative. */
export interface FinancingRates {
  readonly longRate: number;
  readonly shortRate: number;
}

/** What holding a position overnight costs, in the way of OANDA's `financing`. */
export interface FinancingTerms extends FinancingRates {
  /** Days charged when a trading day ends at 17:00 New York, by its weekday there: Sunday first, seven numbers. */
  readonly daysCharged: readonly number[];
}

/** A pair such as `EUR_USD`: the price of one unit of the base currency in the quote currency. */
export interface Instrument {
  readonly name: string;
  readonly base: Currency;
  readonly quote: Currency;
  /** Digits after the point in a price; one point is 10^-pricePrecision. */
  readonly pricePrecision: number;
  /** One pip is 10^pipLocation in price. */
  readonly pipLocation: number;
  /** Digits after the point in units; one with more than six is listed and not traded. */
  readonly unitsPrecision: number;
  readonly minimumUnits: number;
  readonly maximumOrderUnits: number;
  /** The most units of one position, if the broker sets a limit. */
  readonly maximumPositionUnits?: number | undefined;
  /** The part of a position's value that must be there as margin; an account's leverage can only raise it. */
  readonly marginRate: number;
  readonly minimumTrailingPoints: number;
  readonly maximumTrailingPoints: number;
  readonly financing: FinancingTerms;
  readonly tradingHours: TradingHoursName;
}

/** Returns the margin rate of an instrument on an account that wants at least `leastRate` (at OANDA the account's `marginRate`). */
export function marginRateOf(instrument: Instrument, leastRate: number): number {
  return Math.max(instrument.marginRate, leastRate);
}

/** Limits are for all instruments, and an instrument's own points differ: distances and spreads of limits are in tenths of a pip. */
export const TENTHS_PER_PIP = 10;

/** Returns how many points one pip has; never fewer than one. */
export function pointsPerPip({ pricePrecision, pipLocation }: Instrument): number {
  return 10 ** Math.max(0, pricePrecision + pipLocation);
}

/** What is needed of an instrument to read and print its prices. */
export type PricePrecision = Pick<Instrument, 'pricePrecision'>;

/** Returns the price in whole points, or undefined when the text is no positive price of this precision. */
export function parsePrice({ pricePrecision }: PricePrecision, text: string): number | undefined {
  const points = parseDecimal(text, pricePrecision);
  return points !== undefined && points > 0 ? points : undefined;
}

/** Returns the price as decimal text with the instrument's digits. */
export function formatPrice({ pricePrecision }: PricePrecision, points: number): string {
  return formatDecimal(points, pricePrecision);
}
