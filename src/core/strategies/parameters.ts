/** The parameters that every candle strategy has. */

import { Type } from 'typebox';
import { GRANULARITIES } from '../domain/candle.ts';
import { MOST_UNITS_PRECISION, unitsFault } from '../domain/units.ts';
import type { TObject } from 'typebox';
import type { Instrument } from '../domain/instrument.ts';
import type { ParameterFault, StrategyParameters } from './strategy.ts';

/** Which candles are looked at. */
export const GRANULARITY = Type.Enum([...GRANULARITIES], {
  default: 'M15',
  description: 'The candles whose closes decide.',
});

/** The least that any instrument could have; what one of them does have is looked at by its name. */
const LEAST_UNITS = 1 / 10 ** MOST_UNITS_PRECISION;

/** The mark of a parameter that is a number of units of the instrument. */
const UNITS_OF_INSTRUMENT = 'x-units';

/** Returns the schema of a parameter that is a number of units; how many digits it may have, the instrument says. */
export function unitsSchema(options: {
  readonly default: number;
  readonly maximum: number;
  readonly description: string;
}): ReturnType<typeof Type.Number> {
  return Type.Number({ ...options, minimum: LEAST_UNITS, [UNITS_OF_INSTRUMENT]: true });
}

/** Returns what is wrong with the numbers of units among checked parameters, for this instrument. */
export function unitsFaults(
  { properties }: TObject,
  parameters: StrategyParameters,
  instrument: Instrument,
): readonly ParameterFault[] {
  return Object.entries(properties).flatMap(([parameter, schema]) => {
    const units = parameters[parameter];
    if (!(UNITS_OF_INSTRUMENT in schema) || typeof units !== 'number') return [];
    const detail = unitsFault(instrument, units);
    return detail === undefined ? [] : [{ parameter, detail }];
  });
}

/** How large an entry is, and where its stop is. */
export const ENTRY_PARAMETERS = {
  units: unitsSchema({
    default: 1000,
    maximum: 100_000_000,
    description: 'Units of an entry, when it is not sized by risk.',
  }),
  riskPerTrade: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 0.1,
    description:
      'The part of equity that an entry loses at its stop (0.01 is 1 %); 0 means fixed units. Needs atrStop.',
  }),
};

/** Returns the schema of the stop's distance, with this default. */
export function atrStopSchema(multiple: number): ReturnType<typeof Type.Number> {
  return Type.Number({
    default: multiple,
    minimum: 0,
    maximum: 20,
    description: 'Distance of the stop loss from the entry, as a multiple of ATR(14); 0 means no stop.',
  });
}

/** Returns the fault of sizing by risk without a stop, which leaves nothing to size by. */
export function riskFaults(size: {
  readonly riskPerTrade: number;
  readonly atrStop: number;
}): readonly ParameterFault[] {
  if (size.riskPerTrade === 0 || size.atrStop > 0) return [];
  return [{ parameter: 'riskPerTrade', detail: 'needs a stop: set atrStop above 0, or riskPerTrade to 0' }];
}
