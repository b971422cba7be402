/** One message of one or many notifications: what is counted, and the first of them in full. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { SEVERITIES } from '../../core/domain/journal-entry.ts';
import { higherSeverity } from '../notification-types.ts';
import type { Static } from 'typebox';

/** Those in full; of more there are only the counts, and all of them in the app. */
const MOST_IN_FULL = 10;

const Item = Type.Object({
  id: Type.String(),
  type: Type.String(),
  severity: Type.Enum(SEVERITIES),
  title: Type.String(),
  message: Type.String(),
  createdAt: Type.String(),
});

const MessageSchema = Type.Object({
  severity: Type.Enum(SEVERITIES),
  count: Type.Integer({ minimum: 1 }),
  countsByType: Type.Record(Type.String(), Type.Integer()),
  items: Type.Array(Item),
});

export type MessageItem = Static<typeof Item>;

/** The highest severity, how many there are of each type, and the first of them. */
export type Message = Static<typeof MessageSchema>;

/** Returns the message of some notifications, of which there is at least one. */
export function messageOf(items: readonly [MessageItem, ...MessageItem[]]): Message {
  const countsByType: Record<string, number> = {};
  for (const { type } of items) countsByType[type] = (countsByType[type] ?? 0) + 1;
  return {
    severity: items.map(({ severity }) => severity).reduce(higherSeverity),
    count: items.length,
    countsByType,
    items: items.slice(0, MOST_IN_FULL),
  };
}

/** Returns one message of two. */
export function joinMessages(a: Message, b: Message): Message {
  const countsByType = { ...a.countsByType };
  for (const [type, count] of Object.entries(b.countsByType))
    countsByType[type] = (countsByType[type] ?? 0) + count;
  return {
    severity: higherSeverity(a.severity, b.severity),
    count: a.count + b.count,
    countsByType,
    items: [...a.items, ...b.items].slice(0, MOST_IN_FULL),
  };
}

/** Reads a message that was stored. */
export function parseMessage(stored: unknown): Message {
  return Value.Parse(MessageSchema, stored);
}
