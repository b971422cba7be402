/** Removing old entries from the journal. */

import { OPEN_ORDER_STATUSES } from '../core/domain/order-lifecycle.ts';
import { STRATEGY_STATUSES } from '../core/domain/strategy-lifecycle.ts';
import { queryBuilder } from '../persistence/query-builder.ts';
import type { JournalCategory } from '../core/domain/journal-entry.ts';
import type { Orm } from '../persistence/orm.ts';

/** The next entries after a number, and before when one of each category is too old (UTC ms). */
export interface RemovalBatch {
  readonly after: number;
  readonly batch: number;
  readonly before: ReadonlyMap<JournalCategory, number>;
  /** UTC ms. */
  readonly now: number;
}

/** What became of a batch. */
export interface BatchRemoval {
  readonly removed: number;
  /** The number of its last entry; undefined when what follows is not old enough. */
  readonly next: number | undefined;
}

/** Reports about any day ask whether a strategy ran then. */
const STARTS_AND_STOPS = STRATEGY_STATUSES.map((status) => `strategy-${status}`);

/** Removes entries by their numbers, which needs no further index: the oldest come first. */
export class JournalRetentionStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Removes what is too old of a batch, except what is still referred to: entries of an order that is open or whose position is, and when a
   * strategy that exists started and stopped.
   */
  async removeBatch({ after, batch, before, now }: RemovalBatch): Promise<BatchRemoval> {
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
        is.or(
          [...before].map(([category, time]) =>
            is.and([is('category', '=', category), is('occurred_at', '<', new Date(time))]),
          ),
        ),
      )
      .where((is) => is.or([is('strategy_id', 'is', null), is('type', 'not in', STARTS_AND_STOPS)]))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('orders')
              .select('orders.id')
              .whereRef('orders.id', '=', 'events.order_id')
              .where('orders.status', 'in', OPEN_ORDER_STATUSES),
          ),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('positions')
              .select('positions.id')
              .whereRef('positions.opening_order_id', '=', 'events.order_id')
              .where('positions.closed_at', 'is', null),
          ),
        ),
      )
      .executeTakeFirst();
    // A clock that was set back leaves entries whose time is still to come: they say nothing about those that follow.
    const newest = Math.max(...before.values());
    const mayContinue = entries.some(({ occurred_at: at }) => {
      const time = at.getTime();
      return time < newest || time > now;
    });
    return {
      removed: Number(removal.numDeletedRows),
      next: entries.length === batch && mayContinue ? last.sequence : undefined,
    };
  }
}
