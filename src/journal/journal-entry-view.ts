/** A journal entry as shown to the person it concerns. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { Id, Instant, instantText, orNull } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';
import type { StoredJournalEntry } from './journal-store.ts';

export const JournalEntryView = namedObject('Event', {
  sequence: Type.Integer({
    description: 'Its number. Pass the last one that you have seen as `after` to continue from there.',
  }),
  occurredAt: Instant,
  category: Type.Enum(JOURNAL_CATEGORIES),
  type: Type.String({ examples: ['order-filled'] }),
  severity: Type.Enum(SEVERITIES),
  description: Type.String(),
  accountId: orNull(Id),
  strategyId: orNull(Id),
  requestId: orNull(Type.String()),
  details: Type.Record(Type.String(), Type.Unknown()),
  ipAddress: orNull(Type.String({ description: 'Where a request about your sign-ins came from.' })),
});

export function journalEntryView(entry: StoredJournalEntry): Static<typeof JournalEntryView> {
  return {
    sequence: entry.sequence,
    occurredAt: instantText(entry.occurredAt),
    category: entry.category,
    type: entry.type,
    severity: entry.severity,
    description: entry.description,
    accountId: entry.accountId ?? null,
    strategyId: entry.strategyId ?? null,
    requestId: entry.requestId ?? null,
    details: { ...entry.details },
    // A user sees the addresses that tried to sign in as them, not an administrator's.
    ipAddress: entry.category === 'security' ? (entry.ipAddress ?? null) : null,
  };
}
