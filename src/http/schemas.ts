/** What the requests and answers of many routes have in common. */

import { Type } from 'typebox';
import type { TObjectOptions, TProperties } from 'typebox';
import { Id } from './values.ts';

/** Returns the schema of an object that the API's description lists under this name, which every use of it refers to. */
export function namedObject<Properties extends TProperties>(
  title: string,
  properties: Properties,
  options: TObjectOptions = {},
) {
  return Type.Object(properties, { ...options, title });
}

/** The path parameter of everything that has an id. */
export const IdParams = Type.Object({ id: Id });

/** An answer without a body. */
export const NoContent = Type.Unsafe<undefined>({
  type: 'null',
  description: 'Done; the answer has no body.',
});
