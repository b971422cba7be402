/** Compares an account's tables with what its log projects to: they must not differ in anything. */

import { Ledger } from '../../core/domain/ledger.ts';
import { projectChanges } from '../../core/domain/projection.ts';
import type { AccountStore } from './account-store.ts';
import type { OrderStore, StoredOrder } from '../orders/order-store.ts';
import type { PositionStore, StoredPosition } from '../positions/position-store.ts';
import type { ProjectionStore } from '../projection-store.ts';
import type { StoredTrade, TradeStore } from '../trades/trade-store.ts';
import type { ProjectedOrder, ProjectedPosition, ProjectedTrade } from '../../core/domain/projection.ts';

/** Where the tables are read. */
export interface RebuildDependencies {
  readonly accounts: AccountStore;
  readonly orders: OrderStore;
  readonly positions: PositionStore;
  readonly trades: TradeStore;
  readonly projections: ProjectionStore;
}

/** How the tables compare: how much was compared, and each difference as a sentence. */
export interface RebuildReport {
  readonly transactions: number;
  readonly orders: number;
  readonly positions: number;
  readonly trades: number;
  readonly differences: readonly string[];
}

/** Projects the whole log again and compares it with the tables, row by row and column by column. Changes nothing. */
export async function checkAccount(
  dependencies: RebuildDependencies,
  accountId: string,
): Promise<RebuildReport> {
  const log = await dependencies.projections.logOf(accountId);
  // A ledger of its own: this is the proof that the one that trades is right.
  const ledger = new Ledger();
  const expected = projectChanges(
    accountId,
    log.map((transaction) => ledger.apply(transaction)),
  );
  const orders = (await dependencies.orders.inLogOf(accountId)).map(orderRow);
  const positions = (await dependencies.positions.ofAccount(accountId, 'all')).map(positionRow);
  const trades = (await dependencies.trades.ofAccount(accountId)).map(tradeRow);
  const account = await dependencies.accounts.find(accountId);
  const moneyValues = (balance: number | undefined, last: number | undefined) => [
    { id: accountId, columns: { balance: balance ?? 0, lastTransactionId: last } },
  ];
  return {
    transactions: log.length,
    orders: orders.length,
    positions: positions.length,
    trades: trades.length,
    differences: [
      ...compare(
        'account',
        moneyValues(ledger.balance, ledger.lastTransactionId),
        moneyValues(account?.snapshot?.balance, account?.lastTransactionId),
      ),
      ...compare('order', expected.orders.map(projectedOrderRow), orders),
      ...compare('position', expected.positions.map(projectedPositionRow), positions),
      ...compare('trade', expected.trades.map(projectedTradeRow), trades),
    ],
  };
}

interface Row {
  readonly id: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

function compare(what: string, expected: readonly Row[], found: readonly Row[]): string[] {
  const foundById = new Map(found.map((row) => [row.id, row]));
  const missing = expected.flatMap((row) => {
    const other = foundById.get(row.id);
    foundById.delete(row.id);
    return other ? differencesOf(what, row, other) : [`${what} ${row.id} is in the log and not in the table`];
  });
  const extra = [...foundById.keys()].map((id) => `${what} ${id} is in the table and not in the log`);
  return [...missing, ...extra];
}

function differencesOf(what: string, expected: Row, found: Row): string[] {
  return Object.keys(expected.columns)
    .filter((name) => JSON.stringify(expected.columns[name]) !== JSON.stringify(found.columns[name]))
    .map(
      (name) =>
        `${what} ${expected.id}: ${name} should be ${String(expected.columns[name])}, was ${String(found.columns[name])}`,
    );
}

type OrderColumns = Pick<
  StoredOrder,
  | 'id'
  | 'brokerOrderId'
  | 'strategyId'
  | 'positionId'
  | 'createdBy'
  | 'replaces'
  | 'terms'
  | 'status'
  | 'reasonCode'
  | 'filledUnits'
  | 'averagePrice'
  | 'filledAt'
  | 'cancelledAt'
>;

function orderRow(order: OrderColumns): Row {
  const { id, brokerOrderId, strategyId, positionId, createdBy, replaces, status, reasonCode } = order;
  const { terms, filledUnits, averagePrice, filledAt, cancelledAt } = order;
  const whose = { brokerOrderId, strategyId, positionId, createdBy, replaces, status, reasonCode };
  return { id, columns: { ...whose, ...terms, filledUnits, averagePrice, filledAt, cancelledAt } };
}

function projectedOrderRow({ id, positionId, order }: ProjectedOrder): Row {
  const { strategyId, replaces, reasonCode, averagePrice, filledAt, cancelledAt } = order;
  const known = { strategyId, replaces, reasonCode, averagePrice, filledAt, cancelledAt };
  return orderRow({ ...order, id, ...known, brokerOrderId: order.orderId, positionId });
}

function positionRow(position: StoredPosition): Row {
  const { id, accountId: _accountId, pricePrecision: _precision, ...columns } = position;
  return { id, columns };
}

function projectedPositionRow({ id, openingOrderId, position }: ProjectedPosition): Row {
  // The slippage of an entry is in no column, nor what financing no trade has yet: they follow from the log.
  const {
    orderId: _orderId,
    entrySlippageCost: _slippage,
    accruedFinancing: _accrued,
    ...columns
  } = position;
  return { id, columns: { ...columns, openingOrderId } };
}

function tradeRow(trade: StoredTrade): Row {
  const { id, accountId: _accountId, pricePrecision: _precision, ...columns } = trade;
  return { id, columns };
}

function projectedTradeRow({ id, positionId, closingOrderId, trade }: ProjectedTrade): Row {
  const { closingOrderId: _order, brokerPositionId: _position, ...columns } = trade;
  return { id, columns: { ...columns, positionId, closingOrderId } };
}
