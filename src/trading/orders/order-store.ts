/** Orders as stored: those the broker's log knows, and those of ours that it has not answered or never saw. */

import { datesOf, instantFrom, pointsFrom, unitsFrom } from '../../persistence/column-values.ts';
import { pricePrecisionOf } from '../accounts/account-instruments-store.ts';
import type { OrderCreator, OrderSide, OrderTerms } from '../../core/domain/order.ts';
import type { OrderStatus } from '../../core/domain/order-lifecycle.ts';
import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { accountsOfPerson, eachAccount } from '../../persistence/accounts-of-person.ts';
import { PreparedList } from '../../persistence/prepared-list.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { DateRange } from '../../persistence/column-values.ts';
import type { PageRequest, TimeRange } from '../../persistence/page.ts';

/** An order with its row's id. Prices are points, times UTC ms; `positionId` is the row of the position it concerns. */
export interface StoredOrder {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | undefined;
  readonly clientOrderId: string | undefined;
  readonly brokerOrderId: number | undefined;
  readonly positionId: string | undefined;
  /** The row of the first position that its fills opened. */
  readonly openedPositionId: string | undefined;
  /** The broker's number of the order whose place it took or is to take, and the ids of that and of the one that took its own. */
  readonly replaces: number | undefined;
  readonly replacesOrderId: string | undefined;
  readonly replacedByOrderId: string | undefined;
  readonly createdBy: OrderCreator;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  readonly terms: OrderTerms;
  readonly status: OrderStatus;
  readonly reasonCode: string | undefined;
  readonly filledUnits: number;
  readonly averagePrice: number | undefined;
  readonly submittedAt: number | undefined;
  readonly filledAt: number | undefined;
  readonly cancelledAt: number | undefined;
  readonly createdAt: number;
}

/**
 * An order that the log does not show; `brokerPositionId` is the position that it closes, if it is a close. `ageMs` is the time since it was
 * recorded, which was just before it was sent, by the clock of the database alone.
 */
export interface UnseenOrder extends StoredOrder {
  readonly brokerPositionId: number | undefined;
  readonly ageMs: number;
}

/** Which orders of a user to list. */
export interface OrderFilter {
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly statuses?: readonly OrderStatus[] | undefined;
  readonly instrument?: string | undefined;
  readonly side?: OrderSide | undefined;
  readonly reasonCode?: string | undefined;
  readonly created?: TimeRange | undefined;
}

export class OrderStore {
  readonly #orm: Orm;
  readonly #byId: GroupedReads<OwnedOrderRow>;
  readonly #list: PreparedList<OrderFilters, OrderRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byId = new GroupedReads({
      orm,
      name: 'orders-by-id',
      select: selectOwnedOrders,
      keyOf: ({ id }) => id,
    });
    this.#list = new PreparedList({ orm, select: selectNewestOrders });
  }

  /** The order with this id if it belongs to this user. */
  async findOf(userId: string, orderId: string): Promise<StoredOrder | undefined> {
    const row = await this.#byId.find(orderId);
    return row?.owner_id === userId ? orderFrom(row) : undefined;
  }

  /** The order with this id, no matter who owns it. */
  async find(orderId: string): Promise<StoredOrder | undefined> {
    const row = await this.#byId.find(orderId);
    return row && orderFrom(row);
  }

  /** The orders with these ids. */
  async findAll(orderIds: readonly string[]): Promise<readonly StoredOrder[]> {
    if (orderIds.length === 0) return [];
    return (await selectOrders(queryBuilder(this.#orm)).where('orders.id', 'in', orderIds).execute()).map(
      orderFrom,
    );
  }

  /** A page of a user's orders, newest first. */
  async listOf(
    userId: string,
    { created, ...filter }: OrderFilter,
    page: PageRequest,
  ): Promise<readonly StoredOrder[]> {
    const rows = await this.#list.read({ userId, ...filter, ...datesOf(created), ...page });
    return rows.map(orderFrom);
  }

  /** The orders of an account in these states, oldest first. */
  async inStatuses(accountId: string, statuses: readonly OrderStatus[]): Promise<readonly StoredOrder[]> {
    const rows = await selectOrders(queryBuilder(this.#orm))
      .where('orders.account_id', '=', accountId)
      .where('orders.status', 'in', statuses)
      .orderBy('orders.id')
      .execute();
    return rows.map(orderFrom);
  }

  /**
   * The orders of an account that were sent and that its log has not shown, whatever we believe of them, oldest first, each with the
   * number of the position that it closes.
   */
  async notInLogOf(accountId: string): Promise<readonly UnseenOrder[]> {
    const rows = await selectOrders(queryBuilder(this.#orm))
      .leftJoin('positions', 'positions.id', 'orders.position_id')
      .select('positions.broker_trade_id')
      .select(({ fn }) => fn<Date>('now', []).as('read_at'))
      .where('orders.account_id', '=', accountId)
      .where('orders.status', 'in', ['submitted', 'rejected'])
      .where('orders.broker_order_id', 'is', null)
      .orderBy('orders.id')
      .execute();
    return rows.map((row) => ({
      ...orderFrom(row),
      brokerPositionId: row.broker_trade_id === null ? undefined : Number(row.broker_trade_id),
      ageMs: row.read_at.getTime() - row.created_at.getTime(),
    }));
  }

  /** Every order of an account that the broker's log knows. */
  async inLogOf(accountId: string): Promise<readonly StoredOrder[]> {
    const rows = await selectOrders(queryBuilder(this.#orm))
      .where('orders.account_id', '=', accountId)
      .where('orders.broker_order_id', 'is not', null)
      .execute();
    return rows.map(orderFrom);
  }
}

function selectOrders(db: QueryBuilder) {
  return db
    .selectFrom('orders')
    .leftJoin('orders as replaced', (join) =>
      join
        .onRef('replaced.account_id', '=', 'orders.account_id')
        .onRef('replaced.broker_order_id', '=', 'orders.replaces'),
    )
    .leftJoin('orders as replacement', (join) =>
      join
        .onRef('replacement.account_id', '=', 'orders.account_id')
        .onRef('replacement.broker_order_id', '=', 'orders.replaced_by'),
    )
    .leftJoin('account_instruments', (join) =>
      join
        .onRef('account_instruments.account_id', '=', 'orders.account_id')
        .onRef('account_instruments.name', '=', 'orders.instrument'),
    )
    .selectAll('orders')
    .select(['replaced.id as replaces_order_id', 'replacement.id as replaced_by_order_id'])
    .select('account_instruments.price_precision')
    .select((eb) =>
      eb
        .selectFrom('positions')
        .select('positions.id')
        .whereRef('positions.opening_order_id', '=', 'orders.id')
        .orderBy('positions.id')
        .limit(1)
        .as('opened_position_id'),
    );
}

/** The filters of {@link selectNewestOrders}. */
export type OrderFilters = Omit<OrderFilter, 'created'> &
  DateRange &
  PageRequest & { readonly userId: string };

/** A page of a user's orders, newest first. */
export function selectNewestOrders(db: QueryBuilder, filters: OrderFilters) {
  const { accountId, strategyId, statuses, instrument, side, reasonCode, from, until, before } = filters;
  let query = db.selectFrom('orders').select('orders.id').whereRef('orders.account_id', '=', eachAccount(db));
  if (accountId !== undefined) query = query.where('orders.account_id', '=', accountId);
  if (strategyId !== undefined) query = query.where('orders.strategy_id', '=', strategyId);
  if (statuses) query = query.where(({ eb, fn, val }) => eb('orders.status', '=', fn.any(val(statuses))));
  if (instrument !== undefined) query = query.where('orders.instrument', '=', instrument);
  if (side !== undefined) query = query.where('orders.side', '=', side);
  if (reasonCode !== undefined) query = query.where('orders.reason_code', '=', reasonCode);
  if (from !== undefined) query = query.where('orders.created_at', '>=', from);
  if (until !== undefined) query = query.where('orders.created_at', '<', until);
  if (before !== undefined) query = query.where('orders.id', '<', before);
  const ofAccount = query.orderBy('orders.id', 'desc').limit(filters.limit);
  const ids = accountsOfPerson(db, filters.userId)
    .innerJoinLateral(ofAccount.as('newest'), (join) => join.onTrue())
    .select('newest.id')
    .orderBy('newest.id', 'desc')
    .limit(filters.limit);
  return selectOrders(db).where('orders.id', 'in', ids).orderBy('orders.id', 'desc');
}

/** Orders with the owners of their accounts. */
function selectOwnedOrders(db: QueryBuilder, ids: readonly string[]) {
  return selectOrders(db)
    .innerJoin('oanda_accounts', 'oanda_accounts.id', 'orders.account_id')
    .select('oanda_accounts.user_id as owner_id')
    .where(({ eb, fn, val }) => eb('orders.id', '=', fn.any(val(ids))));
}

type OwnedOrderRow = Awaited<ReturnType<ReturnType<typeof selectOwnedOrders>['execute']>>[number];
/** An order's row, with what is read beside it. */
export type OrderRow = Awaited<ReturnType<ReturnType<typeof selectOrders>['execute']>>[number];

/** What a row must say to be read as an order. */
export type ReadOrderRow = Omit<OrderRow, 'request_id' | 'updated_at'>;

/** Returns a row as the order that it is. */
export function orderFrom(row: ReadOrderRow): StoredOrder {
  const precision = pricePrecisionOf(row);
  return {
    id: row.id,
    accountId: row.account_id,
    strategyId: row.strategy_id ?? undefined,
    clientOrderId: row.client_order_id ?? undefined,
    brokerOrderId: row.broker_order_id === null ? undefined : Number(row.broker_order_id),
    positionId: row.position_id ?? undefined,
    openedPositionId: row.opened_position_id ?? undefined,
    replaces: row.replaces === null ? undefined : Number(row.replaces),
    replacesOrderId: row.replaces_order_id ?? undefined,
    replacedByOrderId: row.replaced_by_order_id ?? undefined,
    createdBy: row.created_by,
    ...precision,
    terms: {
      instrument: row.instrument,
      orderType: row.order_type,
      side: row.side,
      units: unitsFrom(row, row.units),
      price: pointsFrom(precision, row.price),
      priceBound: pointsFrom(precision, row.price_bound),
      takeProfit: pointsFrom(precision, row.take_profit),
      stopLoss: pointsFrom(precision, row.stop_loss),
      trailingDistance: pointsFrom(precision, row.trailing_distance),
      takeProfitDistance: pointsFrom(precision, row.take_profit_distance),
      stopLossDistance: pointsFrom(precision, row.stop_loss_distance),
      timeInForce: row.time_in_force,
      expiresAt: instantFrom(row.expires_at),
      leaseUntil: instantFrom(row.lease_until),
      triggerCondition: row.trigger_condition ?? undefined,
      positionFill: row.position_fill ?? undefined,
      tag: row.tag ?? undefined,
      comment: row.comment ?? undefined,
      ocoGroup: row.oco_group ?? undefined,
    },
    status: row.status,
    reasonCode: row.reason_code ?? undefined,
    filledUnits: unitsFrom(row, row.filled_units),
    averagePrice: pointsFrom(precision, row.average_price),
    submittedAt: instantFrom(row.submitted_at),
    filledAt: instantFrom(row.filled_at),
    cancelledAt: instantFrom(row.cancelled_at),
    createdAt: row.created_at.getTime(),
  };
}
