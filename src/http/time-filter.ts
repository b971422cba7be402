/** The filter by time that lists of orders and of trades have in common. */

import { Type } from 'typebox';
import type { TimeRange } from '../persistence/page.ts';
import { refusedQuery } from './refused-query.ts';
import { Instant, parseInstant } from './values.ts';

/** Returns the query parameters of a range of time; `of` says which time of a row is meant. */
export function timeParameters(of: string) {
  return {
    from: Type.Optional({ ...Instant, description: `Only those ${of} then or later.` }),
    to: Type.Optional({ ...Instant, description: `Only those ${of} before then.` }),
  };
}

/** Returns the range of a query; throws `invalid-request` when it ends before it begins. */
export function timeRange({ from, to }: { readonly from?: string; readonly to?: string }): TimeRange {
  const range = {
    from: parseInstant(from),
    until: parseInstant(to),
  };
  if (range.from !== undefined && range.until !== undefined && range.from >= range.until)
    throw refusedQuery('/from', 'must be before `to`');
  return range;
}
