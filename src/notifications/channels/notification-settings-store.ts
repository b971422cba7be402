/** When people want to be notified, in the database; the defaults for those who have not said. */

import { randomUUIDv7 } from 'node:crypto';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** Times are minutes of the day in the person's time zone. */
export interface NotificationSettings {
  readonly quietHours: { readonly from: number; readonly until: number } | undefined;
  readonly digestAt: number;
  readonly groupSeconds: number;
  /** A critical notification that is not read is sent again after so many minutes, so often at most. */
  readonly escalateAfterMinutes: number;
  readonly escalateTimes: number;
}

export const DEFAULT_SETTINGS: NotificationSettings = {
  quietHours: undefined,
  digestAt: 480,
  groupSeconds: 60,
  escalateAfterMinutes: 10,
  escalateTimes: 3,
};

export class NotificationSettingsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Those of each of these people. */
  async ofAll(userIds: readonly string[]): Promise<ReadonlyMap<string, NotificationSettings>> {
    if (userIds.length === 0) return new Map();
    return settingsIn(queryBuilder(this.#orm), userIds);
  }

  async of(userId: string): Promise<NotificationSettings> {
    return (await this.ofAll([userId])).get(userId) ?? DEFAULT_SETTINGS;
  }

  /** Changes what is given, if the settings are as `precondition` wants them, and returns all. Changes of one person wait for each other. */
  change(
    userId: string,
    changes: Partial<NotificationSettings>,
    precondition?: Precondition<NotificationSettings>,
  ): Promise<NotificationSettings> {
    return inTransaction(this.#orm, async (db) => {
      // Of the person, because those who have not said have no row of their own.
      await db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
      const before = (await settingsIn(db, [userId])).get(userId) ?? DEFAULT_SETTINGS;
      precondition?.(before);
      const after = { ...before, ...changes };
      await store(db, userId, after);
      return after;
    });
  }
}

async function settingsIn(
  db: QueryBuilder,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, NotificationSettings>> {
  const rows = await db
    .selectFrom('notification_settings')
    .select([
      'user_id',
      'quiet_from',
      'quiet_until',
      'digest_at',
      'group_seconds',
      'escalate_after_minutes',
      'escalate_times',
    ])
    .where('user_id', 'in', userIds)
    .execute();
  const said = new Map(
    rows.map((row) => [
      row.user_id,
      {
        quietHours:
          row.quiet_from === null || row.quiet_until === null
            ? undefined
            : { from: row.quiet_from, until: row.quiet_until },
        digestAt: row.digest_at,
        groupSeconds: row.group_seconds,
        escalateAfterMinutes: row.escalate_after_minutes,
        escalateTimes: row.escalate_times,
      },
    ]),
  );
  return new Map(userIds.map((userId) => [userId, said.get(userId) ?? DEFAULT_SETTINGS]));
}

async function store(db: QueryBuilder, userId: string, settings: NotificationSettings): Promise<void> {
  const { quietHours, digestAt, groupSeconds, escalateAfterMinutes, escalateTimes } = settings;
  const columns = {
    quiet_from: quietHours?.from ?? null,
    quiet_until: quietHours?.until ?? null,
    digest_at: digestAt,
    group_seconds: groupSeconds,
    escalate_after_minutes: escalateAfterMinutes,
    escalate_times: escalateTimes,
    updated_at: new Date(),
  };
  await db
    .insertInto('notification_settings')
    .values({ id: randomUUIDv7(), user_id: userId, ...columns })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(columns))
    .execute();
}
