/** The strategy types there are, and the check of what people set their parameters to. */

import { isRecord } from '../shared/json.ts';
import { Value } from 'typebox/value';
import type { Instrument } from '../domain/instrument.ts';
import type { FieldError } from '../shared/problem.ts';
import { DONCHIAN_BREAKOUT } from './donchian-breakout.ts';
import { EMA_CROSS } from './ema-cross.ts';
import { schemaErrors } from './parameter-errors.ts';
import { namedAsNow } from './parameter-names.ts';
import { unitsFaults } from './parameters.ts';
import { RSI_REVERSION } from './rsi-reversion.ts';
import { SNOWBALL } from './snowball/snowball.ts';
import { TREND_FOLLOWING } from './trend-following.ts';
import type { StrategyParameters, StrategyType } from './strategy.ts';

/** Every strategy type, in the order in which people see them. This list is the only one. */
export const STRATEGY_TYPES: readonly StrategyType[] = [
  EMA_CROSS,
  TREND_FOLLOWING,
  DONCHIAN_BREAKOUT,
  RSI_REVERSION,
  SNOWBALL,
];

/** Returns the strategy type with this name, or undefined. */
export function findStrategyType(name: string): StrategyType | undefined {
  return STRATEGY_TYPES.find((type) => type.name === name);
}

/** What became of parameters from outside: complete and right, or every one that is wrong, by pointers such as `/parameters/fast`. */
export type CheckedParameters =
  | { readonly parameters: StrategyParameters }
  | { readonly errors: readonly FieldError[] };

/**
 * Returns `input` with the defaults of what it leaves out, in the schema's order, or what is wrong with it. No value is converted;
 * names may have their earlier spelling. With an instrument, units must be such as it has.
 */
export function checkStrategyParameters(
  type: StrategyType,
  input: unknown,
  instrument?: Instrument,
): CheckedParameters {
  const schema = type.parametersSchema;
  const given = isRecord(input) ? namedAsNow(schema, input) : { input, errors: [] };
  if (given.errors.length > 0) return { errors: given.errors };
  // `namedAsNow` made a copy: defaults are written into what they are applied to.
  const filled = Value.Default(schema, given.input);
  if (!Value.Check(schema, filled)) return { errors: schemaErrors(schema, filled) };
  const names = Object.keys(schema.properties);
  const parameters = Object.fromEntries(names.map((name) => [name, filled[name]])) as StrategyParameters;
  const faults = [
    ...type.checkParameters(parameters),
    ...(instrument ? unitsFaults(schema, parameters, instrument) : []),
  ];
  if (faults.length === 0) return { parameters };
  return { errors: faults.map(({ parameter, detail }) => ({ pointer: `/parameters/${parameter}`, detail })) };
}

/** Returns stored parameters under the names that they have now. A type that is no longer known leaves them as they are. */
export function storedParameters(typeName: string, stored: StrategyParameters): StrategyParameters {
  const type = findStrategyType(typeName);
  return type ? (namedAsNow(type.parametersSchema, stored).input as StrategyParameters) : stored;
}
