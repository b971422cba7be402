/** Queries whose rows PostgreSQL writes as JSON. */

import type { JsonRow } from './page.ts';
import type { CompiledQuery, Query } from './prepared-statement.ts';

/** The fields of the JSON, each in SQL of the row, which is called `stored`, and of what type it is. */
type JsonFields<View> = {
  readonly [Name in keyof View]: { readonly sql: string; readonly of: (stored: never) => View[Name] };
};

/** Returns the query for the same rows, newest first, as JSON. */
export function asJson<View extends object>(
  query: Query<{ readonly id: string }>,
  fields: JsonFields<View>,
): Query<JsonRow<View>> {
  const columns = Object.entries<{ readonly sql: string }>(fields).map(
    ([name, { sql }]) => `${sql} as "${name}"`,
  );
  return {
    compile: (): CompiledQuery => {
      const { sql, parameters } = query.compile();
      const text =
        `select stored.id, row_to_json(shown)::text as json from (${sql}) as stored ` +
        `cross join lateral (select ${columns.join(', ')}) as shown order by stored.id desc`;
      return { sql: text, parameters };
    },
  };
}
