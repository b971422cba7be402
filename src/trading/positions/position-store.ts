/** Positions as stored. */

import { pricePrecisionOf } from '../accounts/account-instruments-store.ts';
import { instantFrom, moneyFrom, pointsFrom, unitsFrom } from '../../persistence/column-values.ts';
import type { PositionSide } from '../../core/domain/position.ts';
import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { accountsOfPerson, eachAccount } from '../../persistence/accounts-of-person.ts';
import { PreparedList } from '../../persistence/prepared-list.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PageRequest } from '../../persistence/page.ts';

/** A position with its row's id; `brokerPositionId` is its number at the broker. Prices are points, money ten-thousandths. */
export interface StoredPosition {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | undefined;
  readonly openingOrderId: string | undefined;
  /** Of the order that opened it. */
  readonly tag: string | undefined;
  /** Whether it was opened elsewhere, or before the account was connected. */
  readonly isExternal: boolean;
  readonly brokerPositionId: number;
  readonly instrument: string;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  readonly side: PositionSide;
  readonly initialUnits: number;
  readonly openUnits: number;
  readonly entryPrice: number;
  readonly takeProfit: number | undefined;
  readonly stopLoss: number | undefined;
  readonly trailingDistance: number | undefined;
  readonly entrySpreadCost: number;
  readonly entryCommission: number;
  readonly realizedPnl: number;
  readonly financing: number;
  readonly openedAt: number;
  readonly closedAt: number | undefined;
}

/** Which positions of a user to list. */
export interface PositionFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly openingOrderId?: string | undefined;
  readonly isOpen?: boolean | undefined;
}

export class PositionStore {
  readonly #orm: Orm;
  readonly #byId: GroupedReads<OwnedPositionRow>;
  readonly #list: PreparedList<PositionFilters, PositionRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byId = new GroupedReads({
      orm,
      name: 'positions-by-id',
      select: selectOwnedPositions,
      keyOf: (row) => row.id,
    });
    this.#list = new PreparedList({ orm, select: selectNewestPositions });
  }

  /** The position with this id if it belongs to this user. */
  async findOf(userId: string, id: string): Promise<StoredPosition | undefined> {
    const row = await this.#byId.find(id);
    return row?.owner_id === userId ? toPosition(row) : undefined;
  }

  /** The positions with these ids. */
  async findAll(ids: readonly string[]): Promise<readonly StoredPosition[]> {
    if (ids.length === 0) return [];
    return (await selectPositions(queryBuilder(this.#orm)).where('positions.id', 'in', ids).execute()).map(
      toPosition,
    );
  }

  /** A page of a user's positions, newest first. */
  async listOf(
    userId: string,
    filter: PositionFilter,
    page: PageRequest,
  ): Promise<readonly StoredPosition[]> {
    return (await this.#list.read({ userId, ...filter, ...page })).map(toPosition);
  }

  /** Every position of an account, or only the open ones. */
  async ofAccount(accountId: string, which: 'open' | 'all'): Promise<readonly StoredPosition[]> {
    let query = selectPositions(queryBuilder(this.#orm)).where('positions.account_id', '=', accountId);
    if (which === 'open') query = query.where('closed_at', 'is', null);
    return (await query.orderBy('positions.id').execute()).map(toPosition);
  }
}

function selectPositions(db: QueryBuilder) {
  return db
    .selectFrom('positions')
    .innerJoin('oanda_accounts', 'oanda_accounts.id', 'positions.account_id')
    .leftJoin('orders', 'orders.id', 'positions.opening_order_id')
    .leftJoin('account_instruments', (join) =>
      join
        .onRef('account_instruments.account_id', '=', 'positions.account_id')
        .onRef('account_instruments.name', '=', 'positions.instrument'),
    )
    .selectAll('positions')
    .select('account_instruments.price_precision')
    .select(['orders.tag', 'orders.created_by as opened_by']);
}

type PositionFilters = PositionFilter & PageRequest & { readonly userId: string };

function selectNewestPositions(db: QueryBuilder, filters: PositionFilters) {
  const { accountId, strategyId, openingOrderId, isOpen, before } = filters;
  let query = db
    .selectFrom('positions')
    .select('positions.id')
    .whereRef('positions.account_id', '=', eachAccount(db));
  if (accountId !== undefined) query = query.where('positions.account_id', '=', accountId);
  if (strategyId !== undefined) query = query.where('positions.strategy_id', '=', strategyId);
  if (openingOrderId !== undefined) query = query.where('positions.opening_order_id', '=', openingOrderId);
  if (isOpen !== undefined) query = query.where('closed_at', isOpen ? 'is' : 'is not', null);
  if (before !== undefined) query = query.where('positions.id', '<', before);
  const ofAccount = query.orderBy('positions.id', 'desc').limit(filters.limit);
  const ids = accountsOfPerson(db, filters.userId)
    .innerJoinLateral(ofAccount.as('newest'), (join) => join.onTrue())
    .select('newest.id')
    .orderBy('newest.id', 'desc')
    .limit(filters.limit);
  return selectPositions(db).where('positions.id', 'in', ids).orderBy('positions.id', 'desc');
}

/** With the owners of their accounts. */
function selectOwnedPositions(db: QueryBuilder, ids: readonly string[]) {
  return selectPositions(db)
    .select('oanda_accounts.user_id as owner_id')
    .where(({ eb, fn, val }) => eb('positions.id', '=', fn.any(val(ids))));
}

type OwnedPositionRow = Awaited<ReturnType<ReturnType<typeof selectOwnedPositions>['execute']>>[number];
type PositionRow = Awaited<ReturnType<ReturnType<typeof selectPositions>['execute']>>[number];

function toPosition(row: PositionRow): StoredPosition {
  const precision = pricePrecisionOf(row);
  return {
    id: row.id,
    accountId: row.account_id,
    strategyId: row.strategy_id ?? undefined,
    openingOrderId: row.opening_order_id ?? undefined,
    tag: row.tag ?? undefined,
    isExternal: row.opened_by === null || row.opened_by === 'external',
    brokerPositionId: Number(row.broker_trade_id),
    instrument: row.instrument,
    ...precision,
    side: row.side,
    initialUnits: unitsFrom(row, row.initial_units),
    openUnits: unitsFrom(row, row.open_units),
    entryPrice: pointsFrom(precision, row.entry_price) ?? 0,
    takeProfit: pointsFrom(precision, row.take_profit),
    stopLoss: pointsFrom(precision, row.stop_loss),
    trailingDistance: pointsFrom(precision, row.trailing_distance),
    entrySpreadCost: moneyFrom(row.entry_spread_cost),
    entryCommission: moneyFrom(row.entry_commission),
    realizedPnl: moneyFrom(row.realized_pnl),
    financing: moneyFrom(row.financing),
    openedAt: row.opened_at.getTime(),
    closedAt: instantFrom(row.closed_at),
  };
}
