/** Which accounts have a stream that is silent, in the database: so that its begin and its end are each recorded once, whatever copy of the server sees them. */

import { appendToJournal } from '../journal/journal-store.ts';
import { inTransaction } from '../persistence/query-builder.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Orm } from '../persistence/orm.ts';

export class SilentStreamStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Records that streams of the account are silent since `at` (UTC ms), with its entry; false when that is known. */
  begin(accountId: string, at: number, entry: JournalEntry): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('oanda_accounts')
        .set({ streams_silent_since: new Date(at) })
        .where('id', '=', accountId)
        .where('streams_silent_since', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await appendToJournal(db, [entry]);
      return true;
    });
  }

  /** Records that all streams of the account are heard, with the entry that is made of since when they were not; false when they were. */
  end(accountId: string, entryOf: (silentSince: number) => JournalEntry): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const silent = await db
        .selectFrom('oanda_accounts')
        .select('streams_silent_since')
        .where('id', '=', accountId)
        .where('streams_silent_since', 'is not', null)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!silent?.streams_silent_since) return false;
      await db
        .updateTable('oanda_accounts')
        .set({ streams_silent_since: null })
        .where('id', '=', accountId)
        .execute();
      await appendToJournal(db, [entryOf(silent.streams_silent_since.getTime())]);
      return true;
    });
  }
}
