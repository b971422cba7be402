/** What an account needs after a restart and no log holds: engine, strategies and the paper exchange's prices. */

import { randomUUIDv7 } from 'node:crypto';
import { assertOwned } from './projection-store.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { Json } from '../core/shared/json.ts';
import type { Orm } from '../persistence/orm.ts';

/** The state of one running account at one market time (UTC ms). Each part is plain data that its owner wrote. */
export interface AccountState {
  readonly marketAt: number;
  /** The newest price that was taken (UTC ms); the clock may be ahead of it. Undefined when there was none. */
  readonly quotedAt: number | undefined;
  /** The last transaction that the state knows of: a log that continues is newer than the state. */
  readonly lastTransactionId: number;
  readonly engine: Json;
  readonly broker: Json;
}

/** The memory of one strategy. */
export interface StrategyMemory {
  readonly strategyId: string;
  readonly stateVersion: number;
  readonly state: Json;
}

/** Account states in the database. They are saved regularly; after a crash the log is newer than they are. */
export class AccountStateStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
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

  /** Saves the state of an account and of its strategies together; refused when another process took the account. */
  async save(owner: AccountOwner, state: AccountState, memories: readonly StrategyMemory[]): Promise<void> {
    const { accountId } = owner;
    await inTransaction(this.#orm, async (db) => {
      await assertOwned(db, owner);
      await db
        .insertInto('account_states')
        .values({ account_id: accountId, state: { ...state }, updated_at: new Date() })
        .onConflict((conflict) =>
          conflict.column('account_id').doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .execute();
      if (memories.length === 0) return;
      await db
        .insertInto('strategy_states')
        .values(memories.map((memory) => memoryRow(memory, state.marketAt)))
        .onConflict((conflict) =>
          conflict.column('strategy_id').doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            state_version: eb.ref('excluded.state_version'),
            last_quote_at: eb.ref('excluded.last_quote_at'),
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .execute();
    });
  }

  /** Deletes a strategy's state: its next start begins without one. */
  async forget(strategyId: string): Promise<void> {
    await queryBuilder(this.#orm)
      .deleteFrom('strategy_states')
      .where('strategy_id', '=', strategyId)
      .execute();
  }
}

function memoryRow({ strategyId, stateVersion, state }: StrategyMemory, marketAt: number) {
  return {
    id: randomUUIDv7(),
    strategy_id: strategyId,
    // A strategy's memory may be any JSON; the column wants an object.
    state: { memory: state },
    state_version: stateVersion,
    last_quote_at: new Date(marketAt),
    updated_at: new Date(),
  };
}
