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

/** What may change: undefined leaves a part as it is. */
export type SystemSettingsChange = { readonly [K in keyof SystemSettings]?: SystemSettings[K] | undefined };

/** What holds until an administrator decides otherwise. */
const DEFAULTS: SystemSettings = { signUp: 'open', listedSignUps: [] };
const ROW = 1;
const COLUMNS = ['sign_up', 'listed_sign_ups'] as const;

export class SystemSettingsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async read(): Promise<SystemSettings> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('system_settings')
      .select(COLUMNS)
      .executeTakeFirst();
    return row ? toSettings(row) : DEFAULTS;
  }

  /** Changes what is named and nothing else, so that two changes at once are both kept; returns all settings. */
  async change({ signUp, listedSignUps }: SystemSettingsChange, at: number): Promise<SystemSettings> {
    const values = {
      ...(signUp && { sign_up: signUp }),
      ...(listedSignUps && { listed_sign_ups: [...listedSignUps] }),
      updated_at: new Date(at),
    };
    const row = await queryBuilder(this.#orm)
      .insertInto('system_settings')
      .values({ id: ROW, ...values })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return toSettings(row);
  }
}

function toSettings(row: {
  readonly sign_up: SignUpMode;
  readonly listed_sign_ups: readonly string[];
}): SystemSettings {
  return { signUp: row.sign_up, listedSignUps: row.listed_sign_ups };
}
