/** The parameters that every candle strategy has, and how checked parameters get their types back. */

import { Type } from 'typebox';
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { GRANULARITIES } from '../domain/candle.ts';
import { assert } from '../shared/assert.ts';
import type { StrategyParameters } from './strategy.ts';

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
  risk_per_trade: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 0.1,
    description:
      'The part of equity that an entry loses at its stop (0.01 is 1 %); 0 means fixed units. Needs atr_stop.',
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

/** What is wrong with a parameter although its schema allows it. */
export interface ParameterFault {
  readonly parameter: string;
  readonly detail: string;
}

/** Returns the fault of sizing by risk without a stop, which leaves nothing to size by. */
export function riskFaults(size: {
  readonly risk_per_trade: number;
  readonly atr_stop: number;
}): readonly ParameterFault[] {
  if (size.risk_per_trade === 0 || size.atr_stop > 0) return [];
  return [
    { parameter: 'risk_per_trade', detail: 'needs a stop: set atr_stop above 0, or risk_per_trade to 0' },
  ];
}

/** Returns parameters that were checked against `schema` with their types; throws InvariantError when they were not. */
export function typedParameters<Schema extends TObject>(
  schema: Schema,
  parameters: StrategyParameters,
): Static<Schema> {
  assert(Value.Check(schema, parameters), 'parameters were used that had not been checked');
  return parameters;
}
