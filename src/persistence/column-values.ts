/** How database values become domain values: decimal text to points and money, dates to UTC milliseconds. */

import { formatDecimal, parseDecimal } from '../core/shared/decimal.ts';
import { present } from '../core/shared/assert.ts';
import { PERCENT_PLACES } from '../core/domain/account-money.ts';
import { formatMoney, parseMoney } from '../core/domain/money.ts';
import { formatPrice, parsePrice } from '../core/domain/instrument.ts';
import { digitsOfUnits, stepsOfUnits, unitsOfSteps } from '../core/domain/units.ts';
import type { PricePrecision } from '../core/domain/instrument.ts';
import type { TimeRange } from './page.ts';

/** Returns points for a price column, undefined for null. */
export function pointsFrom(precision: PricePrecision, text: string | null): number | undefined {
  return text === null ? undefined : present(parsePrice(precision, text), `a price in ${text}`);
}

/** Returns the price column's text for points, null for undefined. */
export function priceText(precision: PricePrecision, points: number | undefined): string | null {
  return points === undefined ? null : formatPrice(precision, points);
}

/** Where a row says of how many digits after the point the steps in its columns of units are. */
export interface UnitsRow {
  readonly units_precision: number;
}

/** Returns the units that a column of the row counts in steps. */
export function unitsFrom({ units_precision: unitsPrecision }: UnitsRow, steps: number): number {
  return unitsOfSteps({ unitsPrecision }, steps);
}

/**
 * Returns all columns of units of a row, which must be written together: whole steps, and how many digits after the point these have.
 * Whole numbers have none, as in rows of versions that knew no parts of units.
 */
export function unitsColumns<Name extends string>(
  units: Readonly<Record<Name, number>>,
): Record<Name, number> & UnitsRow {
  const precision = digitsOfUnits(Object.values(units));
  const steps: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(units) as Name[]) steps[name] = stepsOfUnits(precision, units[name]);
  return { ...(steps as Record<Name, number>), units_precision: precision.unitsPrecision };
}

/** Returns ten-thousandths for a money column. */
export function moneyFrom(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}

/** Returns ten-thousandths for a money column that may be null. */
export function optionalMoneyFrom(text: string | null): number | undefined {
  return text === null ? undefined : moneyFrom(text);
}

/** Returns the money column's text, null for undefined. */
export function moneyText(money: number | undefined): string | null {
  return money === undefined ? null : formatMoney(money);
}

/** Returns a margin closeout percent in whole hundred-thousandths, undefined for null. */
export function percentFrom(text: string | null): number | undefined {
  return text === null ? undefined : present(parseDecimal(text, PERCENT_PLACES), `a percent in ${text}`);
}

/** Returns the percent's text, null for undefined. */
export function percentTextOrNull(percent: number | undefined): string | null {
  return percent === undefined ? null : formatDecimal(percent, PERCENT_PLACES);
}

/** Returns points for a column in pips, undefined for null. One pip is ten points. */
export function pointsFromPips(text: string | null): number | undefined {
  return text === null ? undefined : present(parseDecimal(text, 1), `pips in ${text}`);
}

/** Returns the pip column's text for points, null for undefined. */
export function pipsText(points: number | undefined): string | null {
  return points === undefined ? null : formatDecimal(points, 1);
}

/** Returns the text of a margin rate's column, null for 0: no rate of the account's own. */
export function marginRateText(rate: number): string | null {
  return rate === 0 ? null : rate.toFixed(8);
}

/** Returns UTC milliseconds, undefined for null. */
export function instantFrom(date: Date | null): number | undefined {
  return date === null ? undefined : date.getTime();
}

/** Returns a date for a timestamp column, null for undefined. */
export function instantDate(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}

/** The bounds of a range of time, for timestamp columns. */
export interface DateRange {
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Returns the bounds of a range as dates; those that are open are undefined. */
export function datesOf({ from, until }: TimeRange = {}): DateRange {
  return { from: instantDate(from) ?? undefined, until: instantDate(until) ?? undefined };
}
