/** The names of parameters: `atrStop`, and `atr_stop` as it was called in the first version and is still stored. */

import type { TObject } from 'typebox';
import type { FieldError } from '../shared/problem.ts';

/** Parameters under the names of their schema, and those that were given under both names. */
interface NamedParameters {
  readonly input: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];
}

/** Returns a copy of parameters in which those with an earlier name have their present one; what is unknown is kept. */
export function namedAsNow({ properties }: TObject, parameters: object): NamedParameters {
  const errors: FieldError[] = [];
  const entries = Object.entries(parameters).map(([name, value]): [string, unknown] => {
    const present = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (present === name || !Object.hasOwn(properties, present)) return [name, value];
    if (Object.hasOwn(parameters, present)) {
      const detail = `is the earlier name of ${present}, which is given too; leave one of them out`;
      errors.push({ pointer: `/parameters/${name}`, detail });
    }
    return [present, value];
  });
  return { input: Object.fromEntries(entries), errors };
}
