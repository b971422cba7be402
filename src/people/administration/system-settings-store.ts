/** What administrators decide for the whole server, in the database. */

import { SIGN_UP_MODES } from '../../entities/system-settings.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

export { SIGN_UP_MODES };
/** Who may sign up: anyone, those that are listed, or no one. */
export type SignUpMode = (typeof SIGN_UP_MODES)[number];

/** The settings of the server. */
export interface SystemSettings {
  readonly signUp: SignUpMode;
  /** Addresses and domains (`@example.org`) in lower case, for the mode `listed`. */
  readonly listedSignUps: readonly string[];
}

/** What holds until an administrator decides otherwise. */
const DEFAULTS: SystemSettings = { signUp: 'open', listedSignUps: [] };
const ROW = 1;

export class SystemSettingsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async read(): Promise<SystemSettings> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('system_settings')
      .select(['sign_up', 'listed_sign_ups'])
      .executeTakeFirst();
    return row ? { signUp: row.sign_up, listedSignUps: row.listed_sign_ups } : DEFAULTS;
  }

  async write({ signUp, listedSignUps }: SystemSettings, at: number): Promise<void> {
    const values = { sign_up: signUp, listed_sign_ups: [...listedSignUps], updated_at: new Date(at) };
    await queryBuilder(this.#orm)
      .insertInto('system_settings')
      .values({ id: ROW, ...values })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .execute();
  }
}
