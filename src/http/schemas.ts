/** What the requests and answers of many routes have in common. */

import { Type } from 'typebox';
import { Id } from './values.ts';

/** The path parameter of everything that has an id. */
export const IdParams = Type.Object({ id: Id });

/** An answer without a body. */
export const NoContent = Type.Unsafe<undefined>({
  type: 'null',
  description: 'Done; the answer has no body.',
});
