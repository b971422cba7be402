/** Reads prices, distances and units in whole steps of an instrument. */

import { parseUnits } from '../../../core/domain/units.ts';
import { parseDecimal } from '../../../core/shared/decimal.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { BodyReader } from './body-reader.ts';
import type { Rejection } from './rejection.ts';

/** How a price is read: `prefix` begins the reasons, `PRICE_INVALID` and `PRICE_PRECISION_EXCEEDED` for example. */
interface PriceReading {
  readonly reader: BodyReader;
  readonly instrument: Instrument | undefined;
  readonly rejection: Rejection;
  readonly prefix: string;
}

/** Returns the points of a price or distance; undefined when it is absent or wrong. */
export function readPoints(
  name: string,
  { reader, instrument, rejection, prefix }: PriceReading,
): number | undefined {
  const text = reader.decimal(name);
  if (text === undefined || !instrument) return undefined;
  const points = parseDecimal(text, instrument.pricePrecision);
  if (points === undefined) rejection.add(`${prefix}_PRECISION_EXCEEDED`);
  else if (points <= 0) rejection.add(`${prefix}_INVALID`);
  else return points;
  return undefined;
}

/** Notes whether a trailing distance is one that the instrument allows. */
export function checkTrailingDistance(
  points: number | undefined,
  { instrument, rejection, prefix }: Omit<PriceReading, 'reader'>,
): void {
  if (points === undefined || !instrument) return;
  rejection.unless(points <= instrument.maximumTrailingPoints, `${prefix}_MAXIMUM_EXCEEDED`);
  rejection.unless(points >= instrument.minimumTrailingPoints, `${prefix}_MINIMUM_NOT_MET`);
}

/** Returns units, negative for a sell; 0 when they are absent or wrong. */
export function readUnits(
  reader: BodyReader,
  instrument: Instrument | undefined,
  rejection: Rejection,
): number {
  const text = reader.decimal('units');
  if (text === undefined) rejection.add('UNITS_MISSING');
  if (text === undefined || !instrument) return 0;
  const isTooMany = Math.abs(Number(text)) > instrument.maximumOrderUnits;
  rejection.unless(!isTooMany, 'UNITS_LIMIT_EXCEEDED');
  rejection.unless(Number(text) !== 0, 'UNITS_INVALID');
  const units = parseUnits(instrument, text);
  rejection.unless(units !== undefined, 'UNITS_PRECISION_EXCEEDED');
  rejection.unless(Math.abs(units ?? Infinity) >= instrument.minimumUnits, 'UNITS_MINIMUM_NOT_MET');
  return units ?? 0;
}
