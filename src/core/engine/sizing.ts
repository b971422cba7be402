/** How many units an entry is. */

import { unitsNumber } from '../domain/denial.ts';
import { pointsValue } from '../domain/money.ts';
import { floorUnits } from '../domain/units.ts';
import type { Denial } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { EntrySize } from '../strategies/strategy.ts';
import type { Portfolio } from './portfolio.ts';

/**
 * Returns the units of an entry. By risk: as many units as lose at most that part of equity when the price moves against
 * them by the stop distance, the loss converted as the broker would book it. Otherwise why there is no number.
 */
export function unitsOf(size: EntrySize, instrument: Instrument, portfolio: Portfolio): number | Denial {
  if ('units' in size) return size.units;
  const gap = portfolio.valuationGap();
  if (gap !== undefined) return { code: gap };
  const lossRate = portfolio.value.bookingRate(instrument, false);
  if (lossRate === undefined) return { code: 'no-conversion-price' };
  const lossOfOneUnit = pointsValue(instrument, 1, size.stopDistance, lossRate);
  const units = floorUnits(instrument, (portfolio.equity() * size.riskFraction) / lossOfOneUnit);
  if (units >= instrument.minimumUnits) return units;
  const numbers = { units: unitsNumber(units), least: unitsNumber(instrument.minimumUnits) };
  return { code: 'size-too-small', numbers };
}
