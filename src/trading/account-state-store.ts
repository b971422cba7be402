/** What an account needs after a restart and no log holds: engine, strategies and the paper exchange's prices. */

import { queryBuilder } from '../persistence/query-builder.ts';
import { AccountWrites } from './recording/account-writes.ts';
import { saveAccounts } from './recording/state-statement.ts';
import type { Json } from '../core/shared/json.ts';
import type { Orm } from '../persistence/orm.ts';
import type { AccountState, SavedAccount } from './recording/state-statement.ts';

/** Account states in the database. They are saved regularly; after a crash the log is newer than they are. */
export class AccountStateStore {
  readonly #orm: Orm;
  readonly #saves: AccountWrites<SavedAccount, true>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#saves = new AccountWrites((accounts, lockedAccounts) =>
      saveAccounts(orm, accounts, lockedAccounts),
    );
  }

  /** The state of an account, or undefined when none was saved. */
  async load(accountId: string): Promise<AccountState | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('account_states')
      .select('state')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    // `save` below is the only writer.
    return row && (row.state as unknown as AccountState);
  }

  /** The memory of a strategy if it was written by this version of its state, else undefined. */
  async loadMemory(strategyId: string, stateVersion: number): Promise<Json | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('strategy_states')
      .select('state')
      .where('strategy_id', '=', strategyId)
      .where('state_version', '=', stateVersion)
      .executeTakeFirst();
    return row && (row.state as unknown as { readonly memory: Json }).memory;
  }

  /** Saves the state of an account and of its strategies together, with what it is worth; refused when another process took the account. */
  async save(saved: SavedAccount): Promise<void> {
    await this.#saves.write(saved);
  }

  /** Deletes a strategy's state: its next start begins without one. */
  async forget(strategyId: string): Promise<void> {
    await queryBuilder(this.#orm)
      .deleteFrom('strategy_states')
      .where('strategy_id', '=', strategyId)
      .execute();
  }
}
