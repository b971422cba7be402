/** What a schema cannot say of a query. */

import { Problem } from '../core/shared/problem.ts';

/** Returns `invalid-request` for a parameter of the query; `detail` is the end of a sentence that begins with it. */
export function refusedQuery(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', 'The query is not valid.', { errors: [{ pointer, detail }] });
}
