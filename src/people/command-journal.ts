/** The journal as commands write it. Servers that run follow what is written there. */

import { JournalStore } from '../journal/journal-store.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Journal } from './security-journal.ts';

/** Returns a journal whose entries are stored when `record` returns. */
export function commandJournal(orm: Orm): Journal {
  const entries = new JournalStore(orm);
  return { record: (entry) => entries.append(entry) };
}
