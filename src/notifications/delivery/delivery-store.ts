/** Messages on their way, in the database: taken by one copy of the server at a time, and shown to their person. */

import { queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { parseMessage } from './message.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Message } from './message.ts';
import type { Destination } from './planned-message-store.ts';

export const DELIVERY_STATES = ['waiting', 'sent', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

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
