/** Which entries of the journal someone reads, as queries that an index answers. */

import type { QueryBuilder } from '../persistence/query-builder.ts';

/** Whose entries, and about what. */
export interface JournalFilter {
  /** Entries about this user or about an account of theirs. */
  readonly userId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
}

/** The first `limit` entries with numbers above `after`, up to `until`; the last ones when `isDescending`. */
export interface EntryRange {
  readonly after: number;
  readonly until: number;
  readonly limit: number;
  readonly isDescending?: boolean | undefined;
}

/** A row of the journal with the owner of its account. */
export type EventRow = Awaited<ReturnType<ReturnType<typeof selectEntries>['execute']>>[number];

/** A person and the accounts that are theirs. */
export interface EntryOwner {
  readonly userId: string;
  readonly accountIds: readonly string[];
}

/** Returns the query for everyone's entries in the order of their numbers, each with the owner of its account. */
export function selectEntries(db: QueryBuilder, filter: Omit<JournalFilter, 'userId'>, range: EntryRange) {
  return entriesWith(db, numbers(db, filter, range), range);
}

/** Returns the query for a person's entries: those about them, and those about each of their accounts. */
export function selectEntriesOf(
  db: QueryBuilder,
  owner: EntryOwner,
  filter: Omit<JournalFilter, 'userId'>,
  range: EntryRange,
) {
  return entriesWith(db, numbersOf(db, owner, filter, range), range);
}

/** Returns the query for the entries of a range whose numbers `among` selects, in order. */
export function entriesWith(db: QueryBuilder, among: NumbersQuery, range: EntryRange) {
  return withOwner(db)
    .where('events.sequence', 'in', among)
    .orderBy('events.sequence', range.isDescending === true ? 'desc' : 'asc')
    .limit(range.limit);
}

/** Returns the query for the numbers of everyone's entries. */
export function numbers(
  db: QueryBuilder,
  { accountId, strategyId }: Omit<JournalFilter, 'userId'>,
  { after, until, limit, isDescending }: EntryRange,
) {
  let query = db
    .selectFrom('events')
    .select('sequence')
    .where('sequence', '>', after)
    .where('sequence', '<=', until);
  if (accountId !== undefined) query = query.where('account_id', '=', accountId);
  if (strategyId !== undefined) query = query.where('strategy_id', '=', strategyId);
  return query.orderBy('sequence', isDescending === true ? 'desc' : 'asc').limit(limit);
}

/** A query for numbers of entries. */
export type NumbersQuery = ReturnType<typeof numbers>;

/**
 * Returns the query for the numbers of a person's entries. Those about them and those about each of their accounts are asked for apart: in
 * one condition, both would be looked for among everyone's entries.
 */
export function numbersOf(
  db: QueryBuilder,
  { userId, accountIds }: EntryOwner,
  filter: Omit<JournalFilter, 'userId'>,
  range: EntryRange,
): NumbersQuery {
  const aboutPerson = numbers(db, filter, range).where('user_id', '=', userId);
  const all = accountIds
    .map((id) => numbers(db, filter, range).where('account_id', '=', id))
    .reduce(
      (united, next) => united.union(db.selectFrom(next.as('more')).select('more.sequence')),
      db.selectFrom(aboutPerson.as('more')).select('more.sequence'),
    );
  return db
    .selectFrom('events')
    .select('sequence')
    .where('sequence', 'in', all)
    .orderBy('sequence', range.isDescending === true ? 'desc' : 'asc')
    .limit(range.limit);
}

function withOwner(db: QueryBuilder) {
  return db
    .selectFrom('events')
    .leftJoin('oanda_accounts', 'oanda_accounts.id', 'events.account_id')
    .selectAll('events')
    .select('oanda_accounts.user_id as account_user_id');
}
