/** Carries out what clients ask of orders. Each function returns the transactions that it wrote, a refusal among them. */

import { assert } from '../../core/shared/assert.ts';
import type { OrderRecord } from './account-records.ts';
import type { OrderDetails } from './order-details.ts';
import type { ReadOrder } from './requests/read-order.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** A request, by its number and the time at which it takes effect (UTC ms). */
export interface Moment {
  readonly requestId: string;
  readonly now: number;
}

/** Creates an order, in the place of another if that is given. */
export function submitOrder(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  { terms, details, tradeId, rejectFields, reason }: ReadOrder,
  replaced?: OrderRecord,
): readonly WireTransaction[] {
  if (reason !== undefined) return [account.note(requestId, now, { ...rejectFields, rejectReason: reason })];
  const request = {
    id: account.nextRequestName(),
    terms,
    protects: tradeId,
    replaces: replaced?.order.orderId,
    decidedAt: now,
  };
  return account.request({ requestId, detailsOf: () => details, fields: rejectFields }, now, (exchange) =>
    exchange.submitOrder(request),
  );
}

/** Cancels the order that waits under a specifier. */
export function cancelOrder(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  specifier: string,
): WireTransaction {
  const record = account.book.pendingOrder(specifier);
  if (!record) {
    return account.note(requestId, now, {
      type: 'ORDER_CANCEL_REJECT',
      ...orderNames(specifier),
      rejectReason: 'ORDER_DOESNT_EXIST',
    });
  }
  const [cancelled] = account.request({ requestId }, now, (exchange) =>
    exchange.cancelOrder(record.order.orderId, now),
  );
  assert(cancelled !== undefined, 'a cancel is written');
  return cancelled;
}

/** A part of an account that a market order closes. */
export interface ClosingOrder {
  readonly tradeId: number;
  /** Undefined: all of it. */
  readonly units: number | undefined;
  readonly details: OrderDetails;
  readonly rejectFields: Fields & { readonly type: string };
}

/** Closes (part of) a trade at the market. */
export function closeTrade(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  { tradeId, units, details, rejectFields }: ClosingOrder,
): readonly WireTransaction[] {
  const request = { id: account.nextRequestName(), brokerPositionId: tradeId, units, decidedAt: now };
  return account.request({ requestId, detailsOf: () => details, fields: rejectFields }, now, (exchange) =>
    exchange.closePosition(request),
  );
}

/** Returns the fields by which a transaction names an order that there is not. */
export function orderNames(specifier: string): Fields {
  return specifier.startsWith('@') ? { clientOrderID: specifier.slice(1) } : { orderID: specifier };
}
