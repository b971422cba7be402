/** Accounts and strategies of everyone, in the database, as administrators see them. */

import { queryBuilder } from '../../persistence/query-builder.ts';
import { peopleNamed } from '../../people/user-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';

export class TradingAdminStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** A page of the accounts that are not closed, of people whose address or username has a text in it, or of all; newest first. */
  async accounts(search: string | undefined, page: PageRequest) {
    let query = selectAccounts(this.#orm);
    if (search !== undefined)
      query = query.where('users.id', 'in', peopleNamed(queryBuilder(this.#orm), search));
    if (page.before !== undefined) query = query.where('oanda_accounts.id', '<', page.before);
    return query.orderBy('oanda_accounts.id', 'desc').limit(page.limit).execute();
  }

  /** An account that is not closed. */
  account(accountId: string) {
    return selectAccounts(this.#orm).where('oanda_accounts.id', '=', accountId).executeTakeFirst();
  }

  /** A page of the strategies on accounts that are not closed, of those people; newest first. */
  async strategies(search: string | undefined, page: PageRequest) {
    let query = selectStrategies(this.#orm);
    if (search !== undefined)
      query = query.where('users.id', 'in', peopleNamed(queryBuilder(this.#orm), search));
    if (page.before !== undefined) query = query.where('strategies.id', '<', page.before);
    return query.orderBy('strategies.id', 'desc').limit(page.limit).execute();
  }

  /** A strategy on an account that is not closed. */
  strategy(strategyId: string) {
    return selectStrategies(this.#orm).where('strategies.id', '=', strategyId).executeTakeFirst();
  }
}

/** An account of anyone. */
export type AdministeredAccount = Awaited<ReturnType<TradingAdminStore['accounts']>>[number];
/** A strategy of anyone. */
export type AdministeredStrategy = Awaited<ReturnType<TradingAdminStore['strategies']>>[number];

function selectAccounts(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('oanda_accounts')
    .innerJoin('users', 'users.id', 'oanda_accounts.user_id')
    .select([
      'oanda_accounts.id as id',
      'users.id as userId',
      'users.username as username',
      'oanda_accounts.name as name',
      'oanda_accounts.environment as environment',
      'oanda_accounts.currency as currency',
      'oanda_accounts.status as status',
      'oanda_accounts.status_reason as statusReason',
      'oanda_accounts.held_at as heldAt',
      'oanda_accounts.hold_reason as holdReason',
      'oanda_accounts.fault_code as faultCode',
      'oanda_accounts.fault_reason as faultReason',
      'oanda_accounts.kill_due as killDue',
    ])
    .where('oanda_accounts.is_active', '=', true);
}

function selectStrategies(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('strategies')
    .innerJoin('oanda_accounts', 'oanda_accounts.id', 'strategies.account_id')
    .innerJoin('users', 'users.id', 'oanda_accounts.user_id')
    .select([
      'strategies.id as id',
      'strategies.account_id as accountId',
      'users.id as userId',
      'users.username as username',
      'strategies.name as name',
      'strategies.strategy_type as strategyType',
      'strategies.instrument as instrument',
      'strategies.status as status',
      'strategies.held_at as heldAt',
      'strategies.hold_reason as holdReason',
      'strategies.stop_due as stopDue',
    ])
    .where('oanda_accounts.is_active', '=', true);
}
