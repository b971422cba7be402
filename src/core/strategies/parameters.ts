/** The parameters that every candle strategy has. */

import { Type } from 'typebox';
import { GRANULARITIES } from '../domain/candle.ts';
import type { ParameterFault } from './strategy.ts';

/** Which candles are looked at. */
export const GRANULARITY = Type.Enum([...GRANULARITIES], {
  default: 'M15',
  description: 'The candles whose closes decide.',
});

/** How large an entry is, and where its stop is. */
export const ENTRY_PARAMETERS = {
  units: Type.Integer({
    default: 1000,
    minimum: 1,
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
