/** A journal entry as shown to the person it concerns. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { ACTOR_TYPES } from '../core/shared/actor.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';
import type { Actor } from '../core/shared/actor.ts';
import type { StoredJournalEntry } from './journal-store.ts';

export const ActorView = orNull(
  namedObject(
    'Actor',
    {
      type: Type.Enum(ACTOR_TYPES),
      userId: orNull(Id),
      name: orNull(
        Type.String({
          description:
            'The username at the time, or the name of the command. Null for another person than the one who reads it.',
        }),
      ),
      with: orNull(Type.String({ description: 'session or api-key.' })),
      keyName: orNull(Type.String({ description: 'The name of the API key.' })),
    },
    {
      description:
        'Who did it. Null when the server did it by itself, and in entries of before this was kept.',
    },
  ),
);

export const JournalEntryView = namedObject('Event', {
  sequence: Type.Integer({
    description: 'Its number. Pass the last one that you have seen as `after` to continue from there.',
  }),
  recordedAt: { ...Instant, description: "When it was recorded, by the server's clock." },
  marketTime: orNull({
    ...Instant,
    description:
      "When it happened by the clock of the account's market; the same as at the broker, another one on a sped-up or recorded paper market. " +
      'Null for what has to do with no market.',
  }),
  occurredAt: { ...Instant, deprecated: true, description: 'The same as recordedAt.' },
  category: Type.Enum(JOURNAL_CATEGORIES),
  type: Type.String({ examples: ['order-filled'] }),
  severity: Type.Enum(SEVERITIES),
  description: Type.String(),
  accountId: orNull(Id),
  strategyId: orNull(Id),
  orderId: orNull({ ...Id, description: 'The order of whose timeline it is a step.' }),
  actor: ActorView,
  requestId: orNull(Type.String()),
  details: Type.Record(Type.String(), Type.Unknown()),
  ipAddress: orNull(
    Type.String({ description: 'Where your own request, or one about your sign-ins, came from.' }),
  ),
});

export function journalEntryView(entry: StoredJournalEntry): Static<typeof JournalEntryView> {
  const { actor } = entry;
  const isOwn = actor?.userId !== undefined && actor.userId === (entry.userId ?? entry.accountUserId);
  return {
    sequence: entry.sequence,
    recordedAt: instantText(entry.occurredAt),
    marketTime: instantTextOrNull(entry.marketTime),
    occurredAt: instantText(entry.occurredAt),
    category: entry.category,
    type: entry.type,
    severity: entry.severity,
    description: entry.description,
    accountId: entry.accountId ?? null,
    strategyId: entry.strategyId ?? null,
    orderId: entry.orderId ?? null,
    actor: actor ? actorView(actor, isOwn) : null,
    requestId: entry.requestId ?? null,
    details: { ...entry.details },
    // A user sees the addresses that tried to sign in as them, not an administrator's.
    ipAddress: entry.category === 'security' || isOwn ? (entry.ipAddress ?? null) : null,
  };
}

/** Returns who acted; people with their names only to those who may know them. */
export function actorView(actor: Actor, mayKnowPeople: boolean) {
  const isNamed = mayKnowPeople || actor.type === 'command';
  return {
    type: actor.type,
    userId: actor.userId ?? null,
    name: isNamed ? actor.name : null,
    with: actor.with ?? null,
    keyName: isNamed ? (actor.keyName ?? null) : null,
  };
}
