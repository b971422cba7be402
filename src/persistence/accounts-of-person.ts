/** A person's accounts, each asked apart for its newest rows: in one condition, they would be looked for among everyone's. */

import type { QueryBuilder } from './query-builder.ts';

/** Returns the query for the accounts of a person, `mine`, to which a query for the rows of each is joined. */
export function accountsOfPerson(db: QueryBuilder, userId: string) {
  return db.selectFrom('oanda_accounts as mine').where('mine.user_id', '=', userId);
}

/** The account of {@link accountsOfPerson} that a joined query is about. */
export function eachAccount(db: QueryBuilder) {
  return db.dynamic.ref('mine.id');
}
