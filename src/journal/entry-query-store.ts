/** Which entries of the journal someone reads, as queries that an index answers. */

import type { JournalCategory, Severity } from '../core/domain/journal-entry.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/** Which entries to read. */
export interface JournalFilter {
  /** Entries about this user or about an account of theirs. */
  readonly userId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly category?: JournalCategory | undefined;
  readonly severities?: readonly Severity[] | undefined;
}

/** The first `limit` entries with numbers above `after`, up to `until`. */
export interface EntryRange {
  readonly after: number;
  readonly until: number;
  readonly limit: number;
}

/** Returns the query for everyone's entries in the order of their numbers, each with the owner of its account. */
export function selectEntries(db: QueryBuilder, filter: Omit<JournalFilter, 'userId'>, range: EntryRange) {
  return withOwner(db)
    .where('events.sequence', 'in', numbers(db, filter, range))
    .orderBy('events.sequence')
    .limit(range.limit);
}

/**
 * Returns the query for a person's entries: those about them, and those about each of their accounts. Asked for in one condition, both
 * would be looked for among everyone's entries.
 */
export function selectEntriesOf(
  db: QueryBuilder,
  { userId, accountIds }: { readonly userId: string; readonly accountIds: readonly string[] },
  filter: Omit<JournalFilter, 'userId'>,
  range: EntryRange,
) {
  const aboutPerson = numbers(db, filter, range).where('user_id', '=', userId);
  const aboutAccounts = accountIds.map((id) => numbers(db, filter, range).where('account_id', '=', id));
  const all = aboutAccounts.reduce(
    (united, next) => united.union(db.selectFrom(next.as('more')).select('more.sequence')),
    db.selectFrom(aboutPerson.as('more')).select('more.sequence'),
  );
  return withOwner(db).where('events.sequence', 'in', all).orderBy('events.sequence').limit(range.limit);
}

function withOwner(db: QueryBuilder) {
  return db
    .selectFrom('events')
    .leftJoin('oanda_accounts', 'oanda_accounts.id', 'events.account_id')
    .selectAll('events')
    .select('oanda_accounts.user_id as account_user_id');
}

function numbers(
  db: QueryBuilder,
  { accountId, strategyId, category, severities }: Omit<JournalFilter, 'userId'>,
  { after, until, limit }: EntryRange,
) {
  let query = db
    .selectFrom('events')
    .select('sequence')
    .where('sequence', '>', after)
    .where('sequence', '<=', until);
  if (accountId !== undefined) query = query.where('account_id', '=', accountId);
  if (strategyId !== undefined) query = query.where('strategy_id', '=', strategyId);
  if (category !== undefined) query = query.where('category', '=', category);
  if (severities) query = query.where('severity', 'in', severities);
  return query.orderBy('sequence').limit(limit);
}
