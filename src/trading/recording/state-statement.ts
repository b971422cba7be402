/**
 * The statement that saves what accounts know beyond their logs, with what they are worth: the check of each owner and all that is saved
 * of its account and strategies, in one message.
 */

import { randomUUIDv7 } from 'node:crypto';
import { jsonRows } from '../../persistence/json-rows.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { snapshotColumns } from '../projection-rows.ts';
import { setSnapshot, SNAPSHOT_DEFINITION } from './snapshot-columns.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { Json } from '../../core/shared/json.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { AccountOwner, LockedAccounts } from './account-owner.ts';

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

/** What is saved of one account. */
export interface SavedAccount {
  readonly owner: AccountOwner;
  readonly state: AccountState;
  readonly memories: readonly StrategyMemory[];
  /** Prices move it between transactions. */
  readonly snapshot: AccountSnapshot;
}

/** Saves accounts in a transaction of its own, and returns of which it did; the others, undefined, have another owner, or were left out. */
export async function saveAccounts(
  orm: Orm,
  accounts: readonly SavedAccount[],
  lockedAccounts: LockedAccounts,
): Promise<readonly (true | undefined)[]> {
  const statement = { name: `save-accounts-${lockedAccounts}`, text: statementText(lockedAccounts) };
  const values = [accounts.map(accountRow), accounts.flatMap(memoryRows)].map(jsonRows);
  const saved = new Set((await runPrepared(orm, statement, values)).map(({ id }) => id));
  return accounts.map(({ owner }) => saved.has(owner.accountId) || undefined);
}

function accountRow({ owner, state, snapshot }: SavedAccount) {
  return {
    id: owner.accountId,
    owner_epoch: owner.epoch,
    ...snapshotColumns(snapshot),
    state,
    updated_at: new Date(),
  };
}

function memoryRows({ owner, state, memories }: SavedAccount) {
  return memories.map((memory) => ({
    account_id: owner.accountId,
    id: randomUUIDv7(),
    strategy_id: memory.strategyId,
    // A strategy's memory may be any JSON; the column wants an object.
    state: { memory: memory.state },
    state_version: memory.stateVersion,
    last_quote_at: new Date(state.marketAt),
    updated_at: new Date(),
  }));
}

/** The accounts are locked until the commit, so that no other process can take one in between. */
function statementText(lockedAccounts: LockedAccounts): string {
  return `
    with given as materialized (
      select * from json_to_recordset($1) as given (
        id uuid, owner_epoch bigint,
        ${SNAPSHOT_DEFINITION},
        state jsonb, updated_at timestamptz
      )
    ), held as (
      select account.id from given
      join oanda_accounts as account on account.id = given.id and account.owner_epoch = given.owner_epoch
      for no key update of account ${lockedAccounts === 'left-out' ? 'skip locked' : ''}
    ), valued as (
      update oanda_accounts as account set
        ${setSnapshot('given')}
      from given join held using (id) where account.id = given.id
      returning account.id
    ), saved as (
      insert into account_states (account_id, state, updated_at)
      select id, state, updated_at from given join valued using (id)
      on conflict (account_id) do update set state = excluded.state, updated_at = excluded.updated_at
    ), remembered as (
      insert into strategy_states (id, strategy_id, state, state_version, last_quote_at, updated_at)
      select given.id, strategy_id, state, state_version, last_quote_at, updated_at
      from json_to_recordset($2) as given (
        account_id uuid, id uuid, strategy_id uuid, state jsonb, state_version integer,
        last_quote_at timestamptz, updated_at timestamptz
      )
      join valued on valued.id = given.account_id
      on conflict (strategy_id) do update set
        state = excluded.state, state_version = excluded.state_version,
        last_quote_at = excluded.last_quote_at, updated_at = excluded.updated_at
    )
    select id from valued`;
}
