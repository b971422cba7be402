/** A check against a schema that many values go through: compiling it costs less than checking two dozen values without. */

import { Compile } from 'typebox/compile';
import type { Static, TSchema } from 'typebox';

/** Returns the check. It is compiled when it is first used. */
export function compiledCheck<Schema extends TSchema>(
  schema: Schema,
): (value: unknown) => value is Static<Schema> {
  let validator: { Check(value: unknown): boolean } | undefined;
  return (value): value is Static<Schema> => (validator ??= Compile(schema)).Check(value);
}
