/** A journal entry as administrators see it: with whom it is about, and from where it came. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { actorView, JournalEntryView, journalEntryView } from './journal-entry-view.ts';
import { namedObject } from '../http/schemas.ts';
import { Id, orNull } from '../http/values.ts';
import type { StoredJournalEntry } from './journal-store.ts';

export const AdministeredEntryView = namedObject('AdministeredEvent', {
  ...JournalEntryView.properties,
  userId: orNull({ ...Id, description: 'The person that it is about.' }),
  ipAddress: orNull(Type.String({ description: 'Where the request came from.' })),
  userAgent: orNull(Type.String({ description: 'The browser or program that sent the request.' })),
});

export function administeredEntryView(entry: StoredJournalEntry): Static<typeof AdministeredEntryView> {
  return {
    ...journalEntryView(entry),
    actor: entry.actor ? actorView(entry.actor, true) : null,
    userId: entry.userId ?? entry.accountUserId ?? null,
    ipAddress: entry.ipAddress ?? null,
    userAgent: entry.userAgent ?? null,
  };
}
