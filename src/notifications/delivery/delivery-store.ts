/** Messages on their way, in the database: stored with the notifications they are made of, taken by one copy of the server at a time. */

import { randomUUIDv7 } from 'node:crypto';
import { queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { joinMessages, parseMessage } from './message.ts';
import type { ChannelKind } from '../channels/channel-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Message } from './message.ts';

export const DELIVERY_STATES = ['waiting', 'sent', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

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

/** A message whose turn it is. */
export interface DueDelivery extends Destination {
  readonly id: string;
  readonly message: Message;
  /** 1 at the first attempt. */
  readonly attempt: number;
  readonly createdAt: number;
}

/** A message as its person sees it. */
export interface StoredDelivery extends DueDelivery {
  readonly state: DeliveryState;
  readonly nextAttemptAt: number;
  readonly endedAt: number | undefined;
  readonly lastAnswer: string | undefined;
}

/** The column's length. */
const ANSWER_LENGTH = 500;

export class DeliveryStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Takes the message whose turn it is, so that no one else takes it before `until`; of people who are not `busy`. */
  async takeDue(at: number, until: number, busy: readonly string[]): Promise<DueDelivery | undefined> {
    const now = new Date(at);
    const row = await queryBuilder(this.#orm)
      .updateTable('notification_deliveries')
      .set(({ eb }) => ({
        attempts: eb('attempts', '+', 1),
        next_attempt_at: new Date(until),
        updated_at: now,
      }))
      .where('id', '=', () => {
        let due = inFront(queryBuilder(this.#orm)).select('due.id').where('due.next_attempt_at', '<=', now);
        if (busy.length > 0) due = due.where('due.user_id', 'not in', busy);
        return due.orderBy('due.next_attempt_at').limit(1).forUpdate().skipLocked();
      })
      .returning(DUE_COLUMNS)
      .executeTakeFirst();
    return row && toDue(row);
  }

  /** It was taken by its receiver, or is given up. */
  async end(id: string, state: 'sent' | 'dead', answer: string, at: number): Promise<void> {
    const now = new Date(at);
    await queryBuilder(this.#orm)
      .updateTable('notification_deliveries')
      .set({
        ...(state === 'sent' ? { sent_at: now } : { dead_at: now }),
        last_answer: answer.slice(0, ANSWER_LENGTH),
        updated_at: now,
      })
      .where('id', '=', id)
      .execute();
  }

  async postpone(id: string, nextAttemptAt: number, answer: string): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('notification_deliveries')
      .set({
        next_attempt_at: new Date(nextAttemptAt),
        last_answer: answer.slice(0, ANSWER_LENGTH),
        updated_at: new Date(),
      })
      .where('id', '=', id)
      .execute();
  }

  /** Has a person's message that was given up tried again, as if it were new; false when there is none that is given up. */
  async revive(userId: string, id: string, at: number): Promise<boolean> {
    const now = new Date(at);
    const revived = await queryBuilder(this.#orm)
      .updateTable('notification_deliveries')
      .set({ dead_at: null, attempts: 1, next_attempt_at: now, created_at: now, updated_at: now })
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .where('dead_at', 'is not', null)
      .executeTakeFirst();
    return revived.numUpdatedRows > 0n;
  }

  async find(userId: string, id: string): Promise<StoredDelivery | undefined> {
    const row = await select(readBuilder(this.#orm))
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toStored(row);
  }

  /** A page of a person's messages, newest first. */
  async page(
    userId: string,
    state: DeliveryState | undefined,
    { limit, before }: PageRequest,
  ): Promise<readonly StoredDelivery[]> {
    let query = select(readBuilder(this.#orm)).where('user_id', '=', userId);
    if (state === 'waiting') query = query.where('sent_at', 'is', null).where('dead_at', 'is', null);
    if (state === 'sent') query = query.where('sent_at', 'is not', null);
    if (state === 'dead') query = query.where('dead_at', 'is not', null);
    if (before !== undefined) query = query.where('id', '<', before);
    return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toStored);
  }

  /** Removes those with ids below this one that do not wait, and returns how many. */
  async removeBelow(id: string): Promise<number> {
    const removed = await queryBuilder(this.#orm)
      .deleteFrom('notification_deliveries')
      .where('id', '<', id)
      .where(({ eb, or }) => or([eb('sent_at', 'is not', null), eb('dead_at', 'is not', null)]))
      .executeTakeFirst();
    return Number(removed.numDeletedRows);
  }
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

const DUE_COLUMNS = ['id', 'user_id', 'channel_id', 'kind', 'content', 'attempts', 'created_at'] as const;

function select(db: QueryBuilder) {
  return db
    .selectFrom('notification_deliveries')
    .select([...DUE_COLUMNS, 'next_attempt_at', 'sent_at', 'dead_at', 'last_answer']);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toDue(row: Pick<Row, (typeof DUE_COLUMNS)[number]>): DueDelivery {
  return {
    id: row.id,
    userId: row.user_id,
    channelId: row.channel_id ?? undefined,
    kind: row.kind,
    message: parseMessage(row.content),
    attempt: row.attempts,
    createdAt: row.created_at.getTime(),
  };
}

function toStored(row: Row): StoredDelivery {
  return {
    ...toDue(row),
    state: row.sent_at ? 'sent' : row.dead_at ? 'dead' : 'waiting',
    nextAttemptAt: row.next_attempt_at.getTime(),
    endedAt: instantFrom(row.sent_at ?? row.dead_at),
    lastAnswer: row.last_answer ?? undefined,
  };
}

/** Returns the query for messages (`due`) that wait for no other one. One that is tried again is before those that came after it, which are collected meanwhile. */
export function inFront(db: QueryBuilder) {
  return db
    .selectFrom('notification_deliveries as due')
    .where('due.sent_at', 'is', null)
    .where('due.dead_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('notification_deliveries as tried')
            .select('tried.id')
            .whereRef('tried.user_id', '=', 'due.user_id')
            .whereRef('tried.kind', '=', 'due.kind')
            .whereRef('tried.channel_id', 'is not distinct from', 'due.channel_id')
            .whereRef('tried.is_urgent', '=', 'due.is_urgent')
            .whereRef('tried.id', '<', 'due.id')
            .where('tried.attempts', '>', 0)
            .where('tried.sent_at', 'is', null)
            .where('tried.dead_at', 'is', null),
        ),
      ),
    );
}
