/** Reads how much of a trade or of a side of a position is to be closed. */

import { parseUnits } from '../../../core/domain/units.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { BodyReader } from './body-reader.ts';
import type { Rejection } from './rejection.ts';

/** Returns ALL, NONE where that is allowed, or units above zero; undefined when the field is absent. */
export function readClosingUnits(
  reader: BodyReader,
  name: string,
  { instrument, rejection }: { readonly instrument: Instrument | undefined; readonly rejection: Rejection },
): 'ALL' | 'NONE' | number | undefined {
  const text = reader.text(name);
  if (text === undefined || text === 'ALL' || text === 'NONE') return text;
  reader.decimal(name);
  if (!instrument) return 0;
  const units = parseUnits(instrument, text);
  if (units === undefined) rejection.add('UNITS_PRECISION_EXCEEDED');
  else if (units <= 0) rejection.add('UNITS_INVALID');
  return units ?? 0;
}
