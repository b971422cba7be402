/** Critical notifications that are sent again unless they are read, in the database. */

import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { addMessages } from '../delivery/planned-message-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { NewNotification } from '../notification-store.ts';
import type { PlannedMessage } from '../delivery/planned-message-store.ts';

/** One whose time has come. */
export interface DueEscalation extends Omit<NewNotification, 'sequence'> {
  /** UTC ms. */
  readonly createdAt: number;
  /** How often it was sent again already. */
  readonly escalations: number;
}

export class EscalationStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Those that are due and not read, the longest due first. */
  async due(at: number, limit: number): Promise<readonly DueEscalation[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('notifications')
      .select(['id', 'user_id', 'type', 'severity', 'title', 'message', 'created_at', 'escalations'])
      .where('escalate_at', 'is not', null)
      .where('escalate_at', '<=', new Date(at))
      .where('read_at', 'is', null)
      .orderBy('escalate_at')
      .limit(limit)
      .execute();
    return rows.map(({ user_id: userId, created_at: createdAt, ...row }) => ({
      ...row,
      userId: userId ?? '',
      createdAt: createdAt.getTime(),
    }));
  }

  /**
   * Stores that one is sent again, with its messages, and when it is the next time; false, and nothing is stored, when it was read or
   * another copy of the server was first.
   */
  escalate(
    { id, escalations }: Pick<DueEscalation, 'id' | 'escalations'>,
    nextAt: number | undefined,
    messages: readonly PlannedMessage[],
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('notifications')
        .set({
          escalations: escalations + 1,
          escalate_at: nextAt === undefined ? null : new Date(nextAt),
          updated_at: new Date(),
        })
        .where('id', '=', id)
        .where('escalations', '=', escalations)
        .where('escalate_at', 'is not', null)
        .where('read_at', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await addMessages(db, messages);
      return true;
    });
  }

  /** It is not sent again any more. */
  async end(id: string): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('notifications')
      .set({ escalate_at: null, updated_at: new Date() })
      .where('id', '=', id)
      .execute();
  }
}
