/** From journal entries to notifications: one for each entry and person who is to know of it. */

import { randomUUIDv7 } from 'node:crypto';
import { present } from '../core/shared/assert.ts';
import { notificationText } from './text/notification-text.ts';
import { higherSeverity, typeOfEntry } from './notification-types.ts';
import type { StoredJournalEntry } from '../journal/journal.ts';
import type { NewNotification } from './notification-store.ts';
import type { RecipientStore } from './recipient-store.ts';

/** Whose entry it is: of the account's owner, or of the person it is about. */
function personOf({ accountUserId, userId }: StoredJournalEntry): string | undefined {
  return accountUserId ?? userId;
}

/** Each id once. */
function given(ids: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(ids.filter((id) => id !== undefined))];
}

/** Returns what these entries lead to, in their order; in the language that each person has now. */
export async function makeNotifications(
  entries: readonly StoredJournalEntry[],
  recipients: RecipientStore,
): Promise<readonly NewNotification[]> {
  const wanted = entries.flatMap((entry) => {
    const found = typeOfEntry(entry);
    return found ? [{ entry, ...found }] : [];
  });
  if (wanted.length === 0) return [];
  const isForAdministrators = wanted.some(({ type }) => type.audience === 'administrators');
  const [people, administrators, accountNames, strategyNames] = await Promise.all([
    recipients.find(given(wanted.map(({ entry }) => personOf(entry)))),
    isForAdministrators ? recipients.administrators() : [],
    recipients.accountNames(given(wanted.map(({ entry }) => entry.accountId))),
    recipients.strategyNames(given(wanted.map(({ entry }) => entry.strategyId))),
  ]);
  const peopleById = new Map(people.map((person) => [person.userId, person]));
  const made = wanted.flatMap(({ entry, name, type }) => {
    const person = peopleById.get(personOf(entry) ?? '');
    const receivers = type.audience === 'administrators' ? administrators : person ? [person] : [];
    return receivers.map(({ userId, ...reader }) => ({
      userId,
      sequence: entry.sequence,
      type: name,
      severity: higherSeverity(entry.severity, type.severity),
      ...notificationText(
        {
          type: name,
          entry,
          accountName: accountNames.get(entry.accountId ?? ''),
          strategyName: strategyNames.get(entry.strategyId ?? ''),
        },
        reader,
      ),
    }));
  });
  // Those of the same millisecond are drawn in any order, and are listed in the order of their entries.
  const ids = made.map(() => randomUUIDv7()).toSorted();
  return made.map((notification, index) => ({ ...notification, id: present(ids[index], 'an id for each') }));
}
