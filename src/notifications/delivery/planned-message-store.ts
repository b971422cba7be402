/** Messages that are planned, stored with the notifications they are made of: each in one with those that wait for the same channel. */

import { randomUUIDv7 } from 'node:crypto';
import { instantFrom } from '../../persistence/column-values.ts';
import { joinMessages, parseMessage } from './message.ts';
import type { ChannelKind } from '../channels/channel-store.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Message } from './message.ts';

/** To which channel a message goes: one of the person's, or what their settings say when there is none. */
export interface Destination {
  readonly userId: string;
  readonly channelId: string | undefined;
  readonly kind: ChannelKind;
}

/** A message to be sent, in one with those that wait for the same channel. Times are UTC ms. */
export interface PlannedMessage extends Destination {
  readonly isUrgent: boolean;
  readonly message: Message;
  readonly plannedAt: number;
  readonly dueAt: number;
  /** Urgent ones have at least this time between them. */
  readonly groupMs: number;
  /** The notification that it sends again; undefined when it is about new ones. */
  readonly repeats?: string | undefined;
}

/** What is stored with notifications. */
export interface NotificationPlan {
  readonly messages: readonly PlannedMessage[];
  /** When those that are sent again unless they are read are (UTC ms), by their ids. */
  readonly escalateAt: ReadonlyMap<string, number>;
}

/** Stores messages in the transaction that `db` is in, each as part of the one that collects for its channel, if there is one. */
export async function addMessages(db: QueryBuilder, planned: readonly PlannedMessage[]): Promise<void> {
  for (const message of planned) await addMessage(db, message);
}

async function addMessage(db: QueryBuilder, planned: PlannedMessage): Promise<void> {
  if (!(await isThere(db, planned)) || (await isStillToCome(db, planned))) return;
  const now = new Date(planned.plannedAt);
  // Locked: it is not sent before this is in it, and one that is being sent already is not found any more.
  const collecting = await ofChannel(db, planned)
    .select(['id', 'content'])
    .where('attempts', '=', 0)
    .where('sent_at', 'is', null)
    .where('dead_at', 'is', null)
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  if (collecting) {
    await db
      .updateTable('notification_deliveries')
      .set(({ fn, val }) => ({
        content: joinMessages(parseMessage(collecting.content), planned.message),
        // Their person may want it sooner than when it was begun. Urgent ones keep the time that is to be between them.
        ...(!planned.isUrgent && {
          next_attempt_at: fn('least', ['next_attempt_at', val(new Date(planned.dueAt))]),
        }),
        updated_at: now,
      }))
      .where('id', '=', collecting.id)
      .execute();
    return;
  }
  await db
    .insertInto('notification_deliveries')
    .values({
      id: randomUUIDv7(),
      user_id: planned.userId,
      channel_id: planned.channelId ?? null,
      kind: planned.kind,
      is_urgent: planned.isUrgent,
      content: planned.message,
      attempts: 0,
      next_attempt_at: new Date(planned.isUrgent ? await afterLast(db, planned) : planned.dueAt),
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** Whether the channel was not removed since this was planned; it cannot be until the transaction ends. */
async function isThere(db: QueryBuilder, { channelId }: Destination): Promise<boolean> {
  if (channelId === undefined) return true;
  const channel = await db
    .selectFrom('notification_channels')
    .select('id')
    .where('id', '=', channelId)
    .forKeyShare()
    .executeTakeFirst();
  return channel !== undefined;
}

/** Whether what is to be sent again has not even been sent to this channel. A message of many may have it without showing it. */
async function isStillToCome(db: QueryBuilder, planned: PlannedMessage): Promise<boolean> {
  const { repeats } = planned;
  if (repeats === undefined) return false;
  const waiting = await ofChannel(db, planned)
    .select('content')
    .where('sent_at', 'is', null)
    .where('dead_at', 'is', null)
    .execute();
  return waiting
    .map(({ content }) => parseMessage(content))
    .some(({ items, count }) => count > items.length || items.some(({ id }) => id === repeats));
}

/** An urgent message is due at once, unless there was another one just before. */
async function afterLast(db: QueryBuilder, planned: PlannedMessage): Promise<number> {
  const last = await ofChannel(db, planned)
    .select('created_at')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const apartFrom = (instantFrom(last?.created_at ?? null) ?? 0) + planned.groupMs;
  return Math.max(planned.dueAt, apartFrom);
}

function ofChannel(db: QueryBuilder, { userId, channelId, kind, isUrgent }: PlannedMessage) {
  return db
    .selectFrom('notification_deliveries')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('is_urgent', '=', isUrgent)
    .where('channel_id', 'is not distinct from', channelId ?? null);
}
