/** The mails that are to be sent, in the database: what is not sent before a crash is sent after it. */

import { randomUUIDv7 } from 'node:crypto';
import { OutgoingMailRecord } from '../entities/index.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { DueMail, MailOrder } from './mail.ts';

export class MailStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Stores a mail; false when there were `most` of its kind for its recipient since an instant, sent or not. Orders for one recipient wait
   * for each other, so that many at once are no more.
   */
  add(
    { kind, recipient, data, expiresAt }: MailOrder,
    { at, since, most }: { readonly at: number; readonly since: number; readonly most: number },
  ): Promise<boolean> {
    const now = new Date(at);
    return inTransaction(this.#orm, async (db) => {
      await lockRecipient(db, recipient);
      const { count } = await db
        .selectFrom('outgoing_mails')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('recipient', '=', recipient)
        .where('kind', '=', kind)
        .where('created_at', '>', new Date(since))
        .executeTakeFirstOrThrow();
      if (Number(count) >= most) return false;
      await db
        .insertInto('outgoing_mails')
        .values({
          id: randomUUIDv7(),
          kind,
          recipient,
          data,
          attempts: 0,
          next_attempt_at: now,
          expires_at: new Date(expiresAt),
          created_at: now,
          updated_at: now,
        })
        .execute();
      return true;
    });
  }

  /** How many of a kind wait, counted up to `limit`. */
  async countWaiting(kind: string, limit: number): Promise<number> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('outgoing_mails')
      .select('id')
      .where('sent_at', 'is', null)
      .where('kind', '=', kind)
      .limit(limit)
      .execute();
    return rows.length;
  }

  /** Takes the mail whose turn it is, so that no other copy of the server takes it before `until`; undefined when there is none. */
  async takeDue(at: number, until: number): Promise<DueMail | undefined> {
    const now = new Date(at);
    const row = await queryBuilder(this.#orm)
      .updateTable('outgoing_mails')
      .set(({ eb }) => ({
        attempts: eb('attempts', '+', 1),
        next_attempt_at: new Date(until),
        updated_at: now,
      }))
      .where('id', '=', (eb) =>
        eb
          .selectFrom('outgoing_mails')
          .select('id')
          .where('sent_at', 'is', null)
          .where('next_attempt_at', '<=', now)
          .where('expires_at', '>', now)
          .orderBy('next_attempt_at')
          .limit(1)
          .forUpdate()
          .skipLocked(),
      )
      .returning(['id', 'kind', 'recipient', 'data', 'attempts', 'expires_at'])
      .executeTakeFirst();
    return (
      row && {
        id: row.id,
        kind: row.kind,
        recipient: row.recipient,
        data: row.data,
        attempt: row.attempts,
        expiresAt: row.expires_at.getTime(),
      }
    );
  }

  /** Marks a mail as done with: it stays only to be counted. */
  async finish(id: string, at: number): Promise<void> {
    const now = new Date(at);
    await this.#update(id, { sent_at: now, updated_at: now });
  }

  async postpone(id: string, nextAttemptAt: number): Promise<void> {
    await this.#update(id, { next_attempt_at: new Date(nextAttemptAt), updated_at: new Date() });
  }

  /** Removes mails that expired before an instant, and returns how many. */
  removeExpired(before: number): Promise<number> {
    return this.#orm.em.fork().nativeDelete(OutgoingMailRecord, { expiresAt: { $lt: new Date(before) } });
  }

  async #update(
    id: string,
    values: { readonly sent_at?: Date; readonly next_attempt_at?: Date; readonly updated_at: Date },
  ): Promise<void> {
    await queryBuilder(this.#orm).updateTable('outgoing_mails').set(values).where('id', '=', id).execute();
  }
}

/** Until the transaction ends. */
async function lockRecipient(db: QueryBuilder, recipient: string): Promise<void> {
  await db
    .selectNoFrom(({ fn, val, lit }) =>
      fn('pg_advisory_xact_lock', [fn('hashtextextended', [val(recipient), lit(0)])]).as('lock'),
    )
    .execute();
}
