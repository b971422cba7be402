/** Addresses of people in the database: that they are theirs, and that they change. */

import { LockMode } from '@mikro-orm/core';
import { UserRecord, UserTokenRecord } from '../../entities/index.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import { unlessTaken } from '../../persistence/unless-taken.ts';
import { withdrawMails } from './withdrawn-mails.ts';
import type { Orm } from '../../persistence/orm.ts';

/** What came of a change: the address before it, or why there was none. */
export type AddressChange = { readonly former: string } | 'taken' | 'gone';

/** Another address for a person. UTC ms. */
export interface WantedAddress {
  readonly userId: string;
  readonly email: string;
  readonly at: number;
  /** When it undoes a change: when the code for that ends. Codes to undo that change and later ones are not sent any more. */
  readonly undoneUntil?: number | undefined;
}

export class EmailStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Notes that a person reads what is sent to an address; false when it is not theirs any more, or that was noted before. */
  async verify(userId: string, email: string, at: number): Promise<boolean> {
    const now = new Date(at);
    const row = await queryBuilder(this.#orm)
      .updateTable('users')
      .set({ email_verified_at: now, updated_at: now })
      .where('id', '=', userId)
      .where('email', '=', email)
      .where('email_verified_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /**
   * Gives a person another address, which they read, and removes the codes that were sent to them, except those that undo a change. Codes
   * that are not sent yet are not sent any more.
   */
  async change({ userId, email, at, undoneUntil }: WantedAddress): Promise<AddressChange> {
    const now = new Date(at);
    let former: string | undefined;
    const isFree = await unlessTaken(() =>
      // By the unit of work, which knows from the database's answer that a value is taken.
      this.#orm.em.fork().transactional(async (em) => {
        const user = await em.findOne(UserRecord, userId, { lockMode: LockMode.PESSIMISTIC_WRITE });
        if (!user) return;
        former = user.email;
        user.email = email;
        user.emailVerifiedAt = now;
        await em.nativeDelete(UserTokenRecord, { user: userId, purpose: { $ne: 'undo-email-change' } });
        await withdrawMails(em.getKysely(), { userId, kind: 'change-email' });
        if (undoneUntil !== undefined)
          await withdrawMails(em.getKysely(), { userId, kind: 'email-changed', expiringFrom: undoneUntil });
      }),
    );
    if (!isFree) return 'taken';
    return former === undefined ? 'gone' : { former };
  }
}
