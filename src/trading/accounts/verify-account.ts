/** Compares an account's tables with what its log projects to: they must not differ in anything. */

import { AccountProjection } from '../../core/domain/projection.ts';
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
  const projection = new AccountProjection(accountId);
  const expected = projection.project(log);
  const orders = (await dependencies.orders.inLogOf(accountId)).map(orderFacts);
  const positions = (await dependencies.positions.ofAccount(accountId, 'all')).map(positionFacts);
  const trades = (await dependencies.trades.ofAccount(accountId)).map(tradeFacts);
  const account = await dependencies.accounts.find(accountId);
  const moneyFacts = (balance: number | undefined, last: number | undefined) => [
    { id: accountId, facts: { balance: balance ?? 0, lastTransactionId: last } },
  ];
  return {
    transactions: log.length,
    orders: orders.length,
    positions: positions.length,
    trades: trades.length,
    differences: [
      ...compare(
        'account',
        moneyFacts(projection.ledger.balance, projection.ledger.lastTransactionId),
        moneyFacts(account?.snapshot?.balance, account?.lastTransactionId),
      ),
      ...compare('order', expected.orders.map(projectedOrderFacts), orders),
      ...compare('position', expected.positions.map(projectedPositionFacts), positions),
      ...compare('trade', expected.trades.map(projectedTradeFacts), trades),
    ],
  };
}

interface Row {
  readonly id: string;
  readonly facts: Readonly<Record<string, unknown>>;
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
  return Object.keys(expected.facts)
    .filter((name) => JSON.stringify(expected.facts[name]) !== JSON.stringify(found.facts[name]))
    .map(
      (name) =>
        `${what} ${expected.id}: ${name} should be ${String(expected.facts[name])}, was ${String(found.facts[name])}`,
    );
}

type OrderFacts = Pick<
  StoredOrder,
  | 'brokerOrderId'
  | 'strategyId'
  | 'positionId'
  | 'createdBy'
  | 'terms'
  | 'status'
  | 'reasonCode'
  | 'filledUnits'
  | 'averagePrice'
  | 'filledAt'
  | 'cancelledAt'
>;

function orderRow(id: string, order: OrderFacts): Row {
  const { brokerOrderId, strategyId, positionId, createdBy, status, reasonCode } = order;
  const { terms, filledUnits, averagePrice, filledAt, cancelledAt } = order;
  const whose = { brokerOrderId, strategyId, positionId, createdBy, status, reasonCode };
  return { id, facts: { ...whose, ...terms, filledUnits, averagePrice, filledAt, cancelledAt } };
}

function orderFacts(order: StoredOrder): Row {
  return orderRow(order.id, order);
}

function projectedOrderFacts({ id, positionId, order }: ProjectedOrder): Row {
  const { strategyId, reasonCode, averagePrice, filledAt, cancelledAt } = order;
  const known = { strategyId, reasonCode, averagePrice, filledAt, cancelledAt };
  return orderRow(id, { ...order, ...known, brokerOrderId: order.orderId, positionId });
}

function positionFacts(position: StoredPosition): Row {
  const { id, accountId: _accountId, ...facts } = position;
  return { id, facts };
}

function projectedPositionFacts({ id, openingOrderId, position }: ProjectedPosition): Row {
  const { orderId: _orderId, ...facts } = position;
  return { id, facts: { ...facts, openingOrderId } };
}

function tradeFacts(trade: StoredTrade): Row {
  const { id, accountId: _accountId, ...facts } = trade;
  return { id, facts };
}

function projectedTradeFacts({ id, positionId, closingOrderId, trade }: ProjectedTrade): Row {
  const { closingOrderId: _order, brokerPositionId: _position, ...facts } = trade;
  return { id, facts: { ...facts, positionId, closingOrderId } };
}
