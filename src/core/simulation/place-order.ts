/** Taking requests: an order is rejected, or created and then filled, left to rest or cancelled. */

import { oppositeSide } from '../domain/order.ts';
import { openingSide } from '../domain/position.ts';
import { present } from '../shared/assert.ts';
import { cancelOrder, cancelReplaced } from './cancel-order.ts';
import { fillOrder } from './fill-order.ts';
import { isTriggered } from './resting-order.ts';
import {
  closeRejection,
  isClientOrderIdTaken,
  orderRejection,
  replacementRejection,
} from './validate-request.ts';
import type { CloseRequest, OrderRequest } from '../domain/order.ts';
import type { ExitReason, OrderCreated, RejectReason } from '../domain/transaction.ts';
import type { Entry, SimulatedAccount } from './simulated-account.ts';

/** Writes what becomes of an order request. */
export function placeOrder(account: SimulatedAccount, request: OrderRequest): void {
  const { id, terms, strategyId, replaces } = request;
  if (replaces !== undefined) return replaceOrder(account, { ...request, replaces });
  const rejection =
    orderRejection(terms, account.value.instruments, account.clock.now) ?? idRejection(account, id);
  if (rejection) return rejectOrder(account, id, rejection);
  createOrder(account, { type: 'order-created', terms, clientOrderId: id, strategyId, reason: 'client' });
}

/**
 * Writes that an order takes the place of a resting one, all in one batch: the old one is cancelled and the new one created, which
 * may fill at once. When the new one makes no sense, the old one stays. Source: OANDA v20, replacing an order.
 */
function replaceOrder(
  account: SimulatedAccount,
  { id, terms, strategyId, replaces }: OrderRequest & { readonly replaces: number },
): void {
  const replaced = account.ledger.openOrders.get(replaces);
  const rejection =
    replacementRejection(terms, replaced) ??
    orderRejection(terms, account.value.instruments, account.clock.now) ??
    idRejection(account, id);
  if (rejection || !replaced) return rejectOrder(account, id, rejection ?? 'order-unknown');
  cancelReplaced(account, replaced);
  createOrder(account, {
    type: 'order-created',
    terms,
    clientOrderId: id,
    strategyId: strategyId ?? replaced.strategyId,
    reason: 'replacement',
    replaces,
  });
}

/** Writes what becomes of a request to close a position: a market order that concerns only that. */
export function closePosition(
  account: SimulatedAccount,
  { id, brokerPositionId, units, strategyId }: CloseRequest,
): void {
  const position = account.ledger.openPositions.get(brokerPositionId);
  const rejection = closeRejection(units, position) ?? idRejection(account, id);
  if (rejection || !position) {
    rejectOrder(account, id, rejection ?? 'position-unknown');
    return;
  }
  createOrder(
    account,
    {
      type: 'order-created',
      terms: {
        instrument: position.instrument,
        orderType: 'market',
        side: oppositeSide(openingSide(position.side)),
        units: units ?? position.openUnits,
        timeInForce: 'FOK',
      },
      clientOrderId: id,
      strategyId,
      reason: 'close',
      brokerPositionId,
    },
    'close',
  );
}

/** A refusal has a number in the log like everything else. */
function rejectOrder(account: SimulatedAccount, clientOrderId: string, reason: RejectReason): void {
  account.write({ type: 'order-rejected', clientOrderId, reason });
}

/** Creates an order and fills it if the market is where it fills; one that may not wait is cancelled otherwise. */
function createOrder(account: SimulatedAccount, created: Entry<OrderCreated>, reason?: ExitReason): void {
  const orderId = account.write(created);
  const order = present(account.ledger.openOrders.get(orderId), `order ${orderId}`);
  const { instrument, timeInForce } = order.terms;
  const mayWait = timeInForce === 'GTC' || timeInForce === 'GTD';
  const quote = account.tradableQuote(instrument);
  // A market order does not rest, so nothing has to be triggered.
  const resting = account.marketOf(instrument).restingById.get(orderId);
  if (quote && (!resting || isTriggered(resting, quote))) fillOrder(account, { order, quote, reason });
  else if (!mayWait) cancelOrder(account, order, quote ? 'no-liquidity' : 'market-halted');
}

function idRejection(account: SimulatedAccount, id: string): RejectReason | undefined {
  return isClientOrderIdTaken(id, account.ledger.openOrders) ? 'client-order-id-taken' : undefined;
}
