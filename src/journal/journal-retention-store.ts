/** Removing old entries from the journal. */

import { queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';

/** The next entries after a number, and before when one of each kind is too old (UTC ms). */
export interface RemovalBatch {
  readonly after: number;
  readonly batch: number;
  readonly before: number;
  readonly securityBefore: number;
  /** UTC ms. */
  readonly now: number;
}

/** What became of a batch. */
export interface BatchRemoval {
  readonly removed: number;
  /** The number of its last entry; undefined when what follows is not old enough. */
  readonly next: number | undefined;
}

/** Removes entries by their numbers, which needs no further index: the oldest come first. */
export class JournalRetentionStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Removes what is too old of a batch. */
  async removeBatch({ after, batch, before, securityBefore, now }: RemovalBatch): Promise<BatchRemoval> {
    const db = queryBuilder(this.#orm);
    const entries = await db
      .selectFrom('events')
      .select(['sequence', 'occurred_at'])
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(batch)
      .execute();
    const last = entries.at(-1);
    if (!last) return { removed: 0, next: undefined };
    const removal = await db
      .deleteFrom('events')
      .where('sequence', '>', after)
      .where('sequence', '<=', last.sequence)
      .where((is) =>
        is.or([
          is.and([is('category', 'in', ['trading', 'system']), is('occurred_at', '<', new Date(before))]),
          is.and([
            is('category', 'in', ['security', 'admin']),
            is('occurred_at', '<', new Date(securityBefore)),
          ]),
        ]),
      )
      .executeTakeFirst();
    // A clock that was set back leaves entries whose time is still to come: they say nothing about those that follow.
    const mayContinue = entries.some(({ occurred_at: at }) => {
      const time = at.getTime();
      return time < Math.max(before, securityBefore) || time > now;
    });
    return {
      removed: Number(removal.numDeletedRows),
      next: entries.length === batch && mayContinue ? last.sequence : undefined,
    };
  }
}
