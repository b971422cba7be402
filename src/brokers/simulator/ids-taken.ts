/** Ids that clients gave and that may not be given again: those of open trades, and of orders that wait. */

import { PROTECTIVE_ORDER_TYPES } from '../../core/domain/order.ts';
import { ON_FILL } from './order-details.ts';
import type { Ledger, LedgerOrder } from '../../core/domain/ledger.ts';
import type { CancelReason } from '../../core/domain/transaction-reasons.ts';
import type { AccountBook } from './account-book.ts';
import type { OrderDetails } from './order-details.ts';

/**
 * Returns why an order with these details may not open a trade now. The exchange's `ledger` is ahead of the book by what it is doing at
 * this moment. Source: OANDA v20, cancel reasons CLIENT_TRADE_ID_ALREADY_EXISTS and STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS.
 */
export function takenId(
  { orderId }: LedgerOrder,
  details: OrderDetails | undefined,
  ledger: Ledger,
  book: AccountBook,
): CancelReason | undefined {
  const tradeId = details?.tradeClientExtensions?.id;
  if (tradeId !== undefined && tradeIds(ledger, book).has(tradeId)) return 'client-position-id-taken';
  const onFillIds = PROTECTIVE_ORDER_TYPES.flatMap(
    (orderType) => details?.[ON_FILL[orderType]]?.clientExtensions?.id ?? [],
  );
  if (onFillIds.length === 0) return undefined;
  const waiting = orderIds(ledger, book, orderId);
  return onFillIds.some((id) => waiting.has(id)) ? 'client-protection-id-taken' : undefined;
}

function tradeIds({ openPositions }: Ledger, { tradesById, ordersById }: AccountBook): ReadonlySet<string> {
  const ids = [...openPositions.values()].map(({ brokerPositionId, orderId = 0 }) => {
    const trade = tradesById.get(brokerPositionId);
    return (trade ? trade.clientExtensions : ordersById.get(orderId)?.details.tradeClientExtensions)?.id;
  });
  return new Set(ids.filter((id) => id !== undefined));
}

function orderIds(
  { openOrders, openPositions }: Ledger,
  { ordersById }: AccountBook,
  exceptId: number,
): ReadonlySet<string> {
  const ids = [...openOrders.values()].map(({ orderId, terms, brokerPositionId = 0 }) => {
    if (orderId === exceptId) return undefined;
    const known = ordersById.get(orderId);
    if (known) return known.details.clientExtensions?.id;
    // It came with the entry that has just filled.
    const entry = ordersById.get(openPositions.get(brokerPositionId)?.orderId ?? 0)?.details;
    const orderType = PROTECTIVE_ORDER_TYPES.find((each) => each === terms.orderType);
    return orderType && entry?.[ON_FILL[orderType]]?.clientExtensions?.id;
  });
  return new Set(ids.filter((id) => id !== undefined));
}
