/** Trades as stored. */

import { pricePrecisionOf } from '../accounts/account-instruments-store.ts';
import { datesOf, moneyFrom, pointsFrom, unitsFrom } from '../../persistence/column-values.ts';
import type { PositionSide } from '../../core/domain/position.ts';
import type { ExitReason } from '../../core/domain/transaction-reasons.ts';
import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { accountsOfPerson, eachAccount } from '../../persistence/accounts-of-person.ts';
import { PreparedList } from '../../persistence/prepared-list.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { DateRange } from '../../persistence/column-values.ts';
import type { PageRequest, TimeRange } from '../../persistence/page.ts';

/** A trade with its row's id. Prices are points, money ten-thousandths of the account's currency. */
export interface StoredTrade {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | undefined;
  readonly positionId: string;
  readonly closingOrderId: string | undefined;
  readonly transactionId: number;
  readonly instrument: string;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  readonly side: PositionSide;
  readonly units: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly realizedPnl: number;
  readonly financing: number;
  readonly commission: number;
  readonly spreadCost: number;
  readonly slippageCost: number;
  readonly conversionCost: number;
  readonly exitReason: string;
  readonly openedAt: number;
  readonly closedAt: number;
  /** By the wall clock. */
  readonly recordedAt: number;
}

/** Which trades of a user to list. */
export interface TradeFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly instrument?: string | undefined;
  readonly side?: PositionSide | undefined;
  readonly exitReason?: ExitReason | undefined;
  readonly closed?: TimeRange | undefined;
}

export class TradeStore {
  readonly #orm: Orm;
  readonly #byId: GroupedReads<OwnedTradeRow>;
  readonly #list: PreparedList<TradeFilters, TradeRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byId = new GroupedReads({
      orm,
      name: 'trades-by-id',
      select: selectOwnedTrades,
      keyOf: (row) => row.id,
    });
    this.#list = new PreparedList({ orm, select: selectNewestTrades });
  }

  /** The trade with this id if it belongs to this user. */
  async findOf(userId: string, id: string): Promise<StoredTrade | undefined> {
    const row = await this.#byId.find(id);
    return row?.owner_id === userId ? toTrade(row) : undefined;
  }

  /** The trades with these ids. */
  async findAll(ids: readonly string[]): Promise<readonly StoredTrade[]> {
    if (ids.length === 0) return [];
    return (await selectTrades(queryBuilder(this.#orm)).where('trades.id', 'in', ids).execute()).map(toTrade);
  }

  /** A page of a user's trades, newest first (a trade's id sorts by when it closed). */
  async listOf(
    userId: string,
    { closed, ...filter }: TradeFilter,
    page: PageRequest,
  ): Promise<readonly StoredTrade[]> {
    const rows = await this.#list.read({ userId, ...filter, ...datesOf(closed), ...page });
    return rows.map(toTrade);
  }

  /** Every trade of an account, in the order of the log. */
  async ofAccount(accountId: string): Promise<readonly StoredTrade[]> {
    const rows = await selectTrades(queryBuilder(this.#orm))
      .where('trades.account_id', '=', accountId)
      .orderBy('trades.broker_transaction_id')
      .orderBy('trades.id')
      .execute();
    return rows.map(toTrade);
  }
}

function selectTrades(db: QueryBuilder) {
  return db
    .selectFrom('trades')
    .leftJoin('account_instruments', (join) =>
      join
        .onRef('account_instruments.account_id', '=', 'trades.account_id')
        .onRef('account_instruments.name', '=', 'trades.instrument'),
    )
    .selectAll('trades')
    .select('account_instruments.price_precision');
}

/** The filters of {@link selectNewestTrades}. */
export type TradeFilters = Omit<TradeFilter, 'closed'> &
  DateRange &
  PageRequest & { readonly userId: string };

/** A page of a user's trades, newest first. */
export function selectNewestTrades(db: QueryBuilder, filters: TradeFilters) {
  const { accountId, strategyId, instrument, side, exitReason, from, until, before } = filters;
  let query = db.selectFrom('trades').select('trades.id').whereRef('trades.account_id', '=', eachAccount(db));
  if (accountId !== undefined) query = query.where('trades.account_id', '=', accountId);
  if (strategyId !== undefined) query = query.where('trades.strategy_id', '=', strategyId);
  if (instrument !== undefined) query = query.where('trades.instrument', '=', instrument);
  if (side !== undefined) query = query.where('trades.side', '=', side);
  if (exitReason !== undefined) query = query.where('trades.exit_reason', '=', exitReason);
  if (from !== undefined) query = query.where('trades.closed_at', '>=', from);
  if (until !== undefined) query = query.where('trades.closed_at', '<', until);
  if (before !== undefined) query = query.where('trades.id', '<', before);
  const ofAccount = query.orderBy('trades.id', 'desc').limit(filters.limit);
  const ids = accountsOfPerson(db, filters.userId)
    .innerJoinLateral(ofAccount.as('newest'), (join) => join.onTrue())
    .select('newest.id')
    .orderBy('newest.id', 'desc')
    .limit(filters.limit);
  return selectTrades(db).where('trades.id', 'in', ids).orderBy('trades.id', 'desc');
}

/** With the owners of their accounts. */
function selectOwnedTrades(db: QueryBuilder, ids: readonly string[]) {
  return selectTrades(db)
    .innerJoin('oanda_accounts', 'oanda_accounts.id', 'trades.account_id')
    .select('oanda_accounts.user_id as owner_id')
    .where(({ eb, fn, val }) => eb('trades.id', '=', fn.any(val(ids))));
}

type OwnedTradeRow = Awaited<ReturnType<ReturnType<typeof selectOwnedTrades>['execute']>>[number];
/** A trade's row, with what is read beside it. */
export type TradeRow = Awaited<ReturnType<ReturnType<typeof selectTrades>['execute']>>[number];

function toTrade(row: TradeRow): StoredTrade {
  const precision = pricePrecisionOf(row);
  return {
    id: row.id,
    accountId: row.account_id,
    strategyId: row.strategy_id ?? undefined,
    positionId: row.position_id,
    closingOrderId: row.closing_order_id ?? undefined,
    transactionId: row.broker_transaction_id,
    instrument: row.instrument,
    ...precision,
    side: row.side,
    units: unitsFrom(row, row.units),
    entryPrice: pointsFrom(precision, row.entry_price) ?? 0,
    exitPrice: pointsFrom(precision, row.exit_price) ?? 0,
    realizedPnl: moneyFrom(row.realized_pnl),
    financing: moneyFrom(row.financing),
    commission: moneyFrom(row.commission),
    spreadCost: moneyFrom(row.spread_cost),
    slippageCost: moneyFrom(row.slippage),
    conversionCost: moneyFrom(row.conversion_cost),
    exitReason: row.exit_reason,
    openedAt: row.opened_at.getTime(),
    closedAt: row.closed_at.getTime(),
    recordedAt: row.created_at.getTime(),
  };
}
