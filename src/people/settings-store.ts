/** People's settings in the database: defaults for new strategies and choices about notifications. */

import { UserSettingsRecord } from '../entities/index.ts';
import { SCALING_MODES } from '../entities/user-settings.ts';
import { appendToJournal } from '../journal/journal-store.ts';
import type { JournalEntry, Severity } from '../core/domain/journal-entry.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { Precondition } from '../http/preconditions.ts';

export { SCALING_MODES };
/** How a strategy that adds to a position grows its units. */
export type ScalingMode = (typeof SCALING_MODES)[number];

/** One person's settings. Pips are decimal text with two places. */
export interface UserSettings {
  readonly defaultUnits: number;
  readonly defaultTakeProfitPips: string;
  readonly defaultRetracementPips: string;
  readonly defaultScalingMode: ScalingMode;
  readonly notifyEmail: boolean;
  readonly notifyWebhookUrl: string | undefined;
  readonly notifyMinSeverity: Severity;
  readonly preferences: Readonly<Record<string, unknown>>;
}

/** What may change: undefined leaves a part as it is; a null address ends the notifications to it. */
export type SettingsChanges = {
  readonly [K in Exclude<keyof UserSettings, 'notifyWebhookUrl'>]?: UserSettings[K] | undefined;
} & { readonly notifyWebhookUrl?: string | null | undefined };

/** People's settings in the database. */
export class SettingsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async find(userId: string): Promise<UserSettings | undefined> {
    const row = await selectOf(queryBuilder(this.#orm), userId).executeTakeFirst();
    return row && toSettings(row);
  }

  /** Changes what is given, if the settings are as `precondition` wants them. */
  async change(
    userId: string,
    changes: SettingsChanges,
    precondition?: Precondition<UserSettings>,
  ): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      const query = selectOf(em.getKysely(), userId);
      precondition?.(toSettings(await query.forUpdate().executeTakeFirstOrThrow()));
      const settings = await em.findOneOrFail(UserSettingsRecord, { user: userId });
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      em.assign(settings, given, { mergeObjectProperties: false });
    });
  }

  /** Removes the address of the webhook if it is this one, together with the entry that says so. */
  async dropWebhook(userId: string, url: string, entry: JournalEntry): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('user_settings')
        .set({ notify_webhook_url: null, updated_at: new Date() })
        .where('user_id', '=', userId)
        .where('notify_webhook_url', '=', url)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) await appendToJournal(db, [entry]);
      return numUpdatedRows > 0n;
    });
  }
}

function selectOf(db: QueryBuilder, userId: string) {
  return db.selectFrom('user_settings').selectAll().where('user_id', '=', userId);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectOf>['execute']>>[number];

function toSettings(row: Row): UserSettings {
  return {
    defaultUnits: row.default_units,
    defaultTakeProfitPips: row.default_take_profit_pips,
    defaultRetracementPips: row.default_retracement_pips,
    defaultScalingMode: row.default_scaling_mode,
    notifyEmail: row.notify_email,
    notifyWebhookUrl: row.notify_webhook_url ?? undefined,
    notifyMinSeverity: row.notify_min_severity,
    preferences: row.preferences,
  };
}
