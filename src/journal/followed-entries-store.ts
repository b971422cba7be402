/** What this process follows of the journal: everyone's entries, by a prepared statement, because it looks after every order. */

import { runPrepared } from '../persistence/prepared-statement.ts';
import type { Orm } from '../persistence/orm.ts';
import type { EntryRange, EventRow } from './entry-query-store.ts';

/** The owner of an account is looked up for each entry: a join would be planned for any number of them, and read all accounts. */
const FOLLOWED = `
  select events.*, (select user_id from oanda_accounts where id = events.account_id) as account_user_id
  from events
  where sequence > $1 and sequence <= $2
  order by sequence
  limit $3`;

/** Reads the entries of a range, oldest first. */
export async function followedEntries(
  orm: Orm,
  { after, until, limit }: EntryRange,
): Promise<readonly EventRow[]> {
  const statement = { name: 'followed-entries', text: FOLLOWED };
  return (await runPrepared(orm, statement, [after, until, limit])) as unknown as readonly EventRow[];
}
