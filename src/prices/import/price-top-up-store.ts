/** Imports that are kept up to date, as they run again. */

import { PriceImportRecord } from '../../entities/index.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import { unlessTaken } from '../../persistence/unless-taken.ts';
import type { Orm } from '../../persistence/orm.ts';

export class PriceTopUpStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Lets those run again that are kept up to date and ended before a time, up to `now` (UTC ms): one for each person who has none that runs.
   * Returns how many.
   */
  async begin(before: number, now: number): Promise<number> {
    const db = queryBuilder(this.#orm);
    const due = await db
      .selectFrom('price_imports as due')
      .select('due.id')
      .distinctOn('due.user_id')
      .where('due.keeps_up_to_date', '=', true)
      .where('due.status', '!=', 'running')
      .where('due.ends_at', '<', new Date(before))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('price_imports as running')
              .select('running.id')
              .whereRef('running.user_id', '=', 'due.user_id')
              .where('running.status', '=', 'running'),
          ),
        ),
      )
      .orderBy('due.user_id')
      .orderBy('due.ends_at')
      .execute();
    let begun = 0;
    for (const { id } of due) if (await this.#beginOne(id, new Date(now))) begun += 1;
    return begun;
  }

  /** Whether any that began at this time (UTC ms) or later has not ended. */
  async isRunning(since: number): Promise<boolean> {
    const running = await queryBuilder(this.#orm)
      .selectFrom('price_imports')
      .select('id')
      .where('status', '=', 'running')
      .where('topped_up_at', '>=', new Date(since))
      .limit(1)
      .executeTakeFirst();
    return running !== undefined;
  }

  /** False when its person has begun another one meanwhile: this one is for the next turn. */
  async #beginOne(id: string, now: Date): Promise<boolean> {
    const ended = { id, status: { $ne: 'running' as const } };
    const columns = { endsAt: now, toppedUpAt: now, error: null, leasedUntil: null };
    let begun = 0;
    const isFree = await unlessTaken(async () => {
      begun = await this.#orm.em
        .fork()
        .nativeUpdate(PriceImportRecord, ended, { ...columns, status: 'running' });
    });
    return isFree && begun > 0;
  }
}
