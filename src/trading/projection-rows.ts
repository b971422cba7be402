/** The rows that an account's projection becomes, column by column. */

import { assert } from '../core/shared/assert.ts';
import { formatMoney } from '../core/domain/money.ts';
import {
  instantDate,
  marginRateText,
  percentTextOrNull,
  priceText,
  unitsColumns,
} from '../persistence/column-values.ts';
import { payloadOf } from './transaction-payload.ts';
import type { AccountSnapshot } from '../core/domain/account.ts';
import type { PricePrecision } from '../core/domain/instrument.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { OrderStatus } from '../core/domain/order-lifecycle.ts';
import type { ProjectedOrder, ProjectedPosition, ProjectedTrade } from '../core/domain/projection.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountOwner } from './recording/account-owner.ts';

/** An order of ours that the broker's log does not know (yet). */
export interface OwnOrder {
  readonly id: string;
  readonly strategyId: string | undefined;
  readonly positionId: string | undefined;
  /** Digits after the point in the instrument's prices. */
  readonly pricePrecision: number;
  readonly terms: OrderTerms;
  /** The broker's number of the order whose place it is to take. */
  readonly replaces?: number | undefined;
  readonly status: Extract<OrderStatus, 'submitted' | 'denied' | 'rejected'>;
  readonly reasonCode?: string | undefined;
  readonly decidedAt: number;
}

/** The account whose rows are written, and what it can trade. */
export interface RowSubject {
  readonly accountId: string;
  readonly instruments: Instruments;
}

/** The columns of an account that hold what it is worth. */
export function snapshotColumns(snapshot: AccountSnapshot) {
  return {
    balance: formatMoney(snapshot.balance),
    nav: formatMoney(snapshot.nav),
    margin_used: formatMoney(snapshot.marginUsed),
    margin_available: formatMoney(snapshot.marginAvailable),
    unrealized_pnl: formatMoney(snapshot.unrealizedPnl),
    margin_call: snapshot.isMarginCalled,
    margin_closeout_percent: percentTextOrNull(snapshot.marginCloseoutPercent),
    snapshot_at: new Date(snapshot.at),
  };
}

/** What an account comes to at the end of a stretch of its log, and from where: it must be there, and its owner's. */
export function advanceRow(
  { accountId, epoch }: AccountOwner,
  after: number,
  transactions: readonly Transaction[],
  snapshot: AccountSnapshot,
) {
  const last = transactions.at(-1);
  assert(last, 'a stretch of the log has at least one transaction');
  const marginRate = newestMarginRate(transactions);
  return {
    id: accountId,
    owner_epoch: epoch,
    after,
    last_transaction_id: last.id,
    ...snapshotColumns(snapshot),
    sets_margin_rate: marginRate !== undefined,
    margin_rate: marginRate === undefined ? null : marginRateText(marginRate),
    updated_at: new Date(),
  };
}

/** What the log says of the account's margin rate, if it says something new. */
function newestMarginRate(transactions: readonly Transaction[]): number | undefined {
  const rates = transactions.map((entry) =>
    entry.type === 'account-configured' || entry.type === 'account-adopted' ? entry.marginRate : undefined,
  );
  return rates.findLast((rate) => rate !== undefined);
}

/** The row of a transaction. */
export function logRow(accountId: string, transaction: Transaction) {
  return {
    account_id: accountId,
    transaction_id: transaction.id,
    batch_id: transaction.batchId,
    type: transaction.type,
    occurred_at: new Date(transaction.at),
    payload: payloadOf(transaction),
    // Our clock, as in the journal, and not the database's: a timeline compares them.
    created_at: new Date(),
  };
}

/** The row of an order of ours that the broker's log does not know (yet). */
export function ownOrderRow(accountId: string, order: OwnOrder) {
  return {
    id: order.id,
    account_id: accountId,
    strategy_id: order.strategyId ?? null,
    client_order_id: order.id,
    position_id: order.positionId ?? null,
    created_by: order.strategyId === undefined ? ('person' as const) : ('strategy' as const),
    ...termsColumns(order.terms, order),
    ...unitsColumns({ units: order.terms.units, filled_units: 0 }),
    replaces: numberText(order.replaces),
    status: order.status,
    reason_code: order.reasonCode ?? null,
    submitted_at: order.status === 'submitted' ? new Date(order.decidedAt) : null,
  };
}

/** The row of an order that the log knows. */
export function orderRow({ accountId, instruments }: RowSubject, { id, positionId, order }: ProjectedOrder) {
  const precision = instruments.named(order.terms.instrument);
  return {
    id,
    account_id: accountId,
    strategy_id: order.strategyId ?? null,
    client_order_id: order.clientOrderId ?? null,
    broker_order_id: String(order.orderId),
    position_id: positionId ?? null,
    created_by: order.createdBy,
    ...termsColumns(order.terms, precision),
    ...unitsColumns({ units: order.terms.units, filled_units: order.filledUnits }),
    replaces: numberText(order.replaces),
    replaced_by: numberText(order.replacedBy),
    status: order.status,
    reason_code: order.reasonCode ?? null,
    average_price: priceText(precision, order.averagePrice),
    submitted_at: new Date(order.createdAt),
    filled_at: instantDate(order.filledAt),
    cancelled_at: instantDate(order.cancelledAt),
    updated_at: new Date(),
  };
}

function numberText(brokerNumber: number | undefined): string | null {
  return brokerNumber === undefined ? null : String(brokerNumber);
}

/** The row of a position. */
export function positionRow(
  { accountId, instruments }: RowSubject,
  { id, openingOrderId, position }: ProjectedPosition,
) {
  const precision = instruments.named(position.instrument);
  return {
    id,
    account_id: accountId,
    strategy_id: position.strategyId ?? null,
    broker_trade_id: String(position.brokerPositionId),
    opening_order_id: openingOrderId ?? null,
    instrument: position.instrument,
    side: position.side,
    ...unitsColumns({ initial_units: position.initialUnits, open_units: position.openUnits }),
    entry_price: priceText(precision, position.entryPrice) ?? '',
    take_profit: priceText(precision, position.takeProfit),
    stop_loss: priceText(precision, position.stopLoss),
    trailing_distance: priceText(precision, position.trailingDistance),
    entry_spread_cost: formatMoney(position.entrySpreadCost),
    entry_commission: formatMoney(position.entryCommission),
    realized_pnl: formatMoney(position.realizedPnl),
    financing: formatMoney(position.financing),
    opened_at: new Date(position.openedAt),
    closed_at: instantDate(position.closedAt),
    updated_at: new Date(),
  };
}

/** The row of a trade. */
export function tradeRow(
  { accountId, instruments }: RowSubject,
  { id, positionId, closingOrderId, trade }: ProjectedTrade,
) {
  const precision = instruments.named(trade.instrument);
  return {
    id,
    account_id: accountId,
    strategy_id: trade.strategyId ?? null,
    position_id: positionId,
    closing_order_id: closingOrderId,
    broker_transaction_id: trade.transactionId,
    instrument: trade.instrument,
    side: trade.side,
    ...unitsColumns({ units: trade.units }),
    entry_price: priceText(precision, trade.entryPrice) ?? '',
    exit_price: priceText(precision, trade.exitPrice) ?? '',
    realized_pnl: formatMoney(trade.realizedPnl),
    financing: formatMoney(trade.financing),
    commission: formatMoney(trade.commission),
    spread_cost: formatMoney(trade.spreadCost),
    slippage: formatMoney(trade.slippageCost),
    conversion_cost: formatMoney(trade.conversionCost),
    exit_reason: trade.exitReason,
    opened_at: new Date(trade.openedAt),
    closed_at: new Date(trade.closedAt),
  };
}

/** The columns that hold an order's terms, except its units: they depend on how many are filled. */
function termsColumns(terms: OrderTerms, precision: PricePrecision) {
  return {
    instrument: terms.instrument,
    order_type: terms.orderType,
    side: terms.side,
    price: priceText(precision, terms.price),
    price_bound: priceText(precision, terms.priceBound),
    take_profit: priceText(precision, terms.takeProfit),
    stop_loss: priceText(precision, terms.stopLoss),
    trailing_distance: priceText(precision, terms.trailingDistance),
    take_profit_distance: priceText(precision, terms.takeProfitDistance),
    stop_loss_distance: priceText(precision, terms.stopLossDistance),
    time_in_force: terms.timeInForce,
    expires_at: instantDate(terms.expiresAt),
    lease_until: instantDate(terms.leaseUntil),
    trigger_condition: terms.triggerCondition ?? null,
    position_fill: terms.positionFill ?? null,
    tag: terms.tag ?? null,
    comment: terms.comment ?? null,
    oco_group: terms.ocoGroup ?? null,
  };
}
