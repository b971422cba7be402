/** Taking requests: an order is rejected, or created and then filled, left to rest or cancelled. */

import { oppositeSide } from '../domain/order.ts';
import { openingSide } from '../domain/position.ts';
import { present } from '../shared/assert.ts';
import { cancelOrder, cancelReplaced } from './cancel-order.ts';
import { fillOrder } from './fill-order.ts';
import { stopLossAt } from './protection-on-fill.ts';
import { isTriggered, mayWait, trailingLevelAt, watchedBy, watchedPrice } from './resting-order.ts';
import {
  closeRejection,
  isClientOrderIdTaken,
  orderRejection,
  protectiveRejection,
  replacementRejection,
} from './validate-request.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderCreated } from '../domain/transaction.ts';
import type { ExitReason, RejectReason } from '../domain/transaction-reasons.ts';
import type { Entry, SimulatedAccount } from './simulated-account.ts';

/**
 * Writes what becomes of an order request. One that takes the place of a resting order does so in one batch: the old one is cancelled
 * and the new one created, which may fill at once. When the new one makes no sense, the old one stays. Source: OANDA v20.
 */
export function placeOrder(account: SimulatedAccount, request: OrderRequest): void {
  const { id, terms, strategyId, replaces } = request;
  const { openOrders } = account.ledger;
  const replaced = replaces === undefined ? undefined : openOrders.get(replaces);
  const rejection =
    (replaces === undefined ? undefined : replacementRejection(terms, replaced)) ??
    orderRejection(terms, account.value.instruments, account.clock.now) ??
    protectiveRejection(request, account.ledger) ??
    priceRejection(terms, account.value.quoteOf(terms.instrument)) ??
    (replaced ? undefined : countRejection(account, terms)) ??
    idRejection(account, id);
  if (rejection) return rejectOrder(account, id, rejection);
  const quote = account.value.quoteOf(terms.instrument);
  if (replaced) cancelReplaced(account, replaced);
  createOrder(account, {
    type: 'order-created',
    terms: protectingTerms(account, request, pricedTerms(terms, quote)),
    clientOrderId: id,
    strategyId: strategyId ?? replaced?.strategyId,
    reason: replaced ? 'replacement' : 'client',
    replaces,
    brokerPositionId: request.protects,
    trailingLevel: quote && startLevel(terms, quote),
    initialPrice: quote && startPrice(terms, quote),
  });
}

/** Where a trailing stop stands as it is created: the log must say it, as it must the start price of an order if touched. */
function startLevel(terms: OrderTerms, quote: Quote): number | undefined {
  const { orderType, trailingDistance } = terms;
  if (orderType !== 'trailing_stop' || trailingDistance === undefined) return undefined;
  return trailingLevelAt(terms, trailingDistance, quote);
}

function startPrice(terms: OrderTerms, quote: Quote): number | undefined {
  return terms.orderType === 'market_if_touched' ? watchedPrice(watchedBy(terms), quote) : undefined;
}

/** An order that depends on the present price cannot be made without one, nor where its own would be no price. */
function priceRejection(terms: OrderTerms, quote: Quote | undefined): RejectReason | undefined {
  const { orderType, stopLossDistance } = terms;
  const isByDistance = orderType === 'stop_loss' && stopLossDistance !== undefined;
  if (!isByDistance && orderType !== 'market_if_touched' && orderType !== 'trailing_stop') return undefined;
  if (!quote) return 'price-unknown';
  return (pricedTerms(terms, quote).price ?? 1) < 1 ? 'price-invalid' : undefined;
}

/** A stop loss by distance is made with the price that it comes to. Source: OANDA v20: from the ask for a long position, the bid for a short one. */
function pricedTerms(terms: OrderTerms, quote: Quote | undefined): OrderTerms {
  const { orderType, side, stopLossDistance } = terms;
  if (orderType !== 'stop_loss' || stopLossDistance === undefined || !quote) return terms;
  return { ...terms, price: stopLossAt(side, stopLossDistance, quote) };
}

/** What protects a position has the units that are open as it arrives. Source: OANDA v20: such an order names a trade, and no units. */
function protectingTerms(
  { ledger }: SimulatedAccount,
  { protects }: OrderRequest,
  terms: OrderTerms,
): OrderTerms {
  const position = protects === undefined ? undefined : ledger.openPositions.get(protects);
  return position ? { ...terms, units: position.openUnits } : terms;
}

/** Writes what becomes of a request to close a position: a market order that concerns only that. */
export function closePosition(
  account: SimulatedAccount,
  { id, brokerPositionId, units, strategyId }: CloseRequest,
): void {
  const position = account.ledger.openPositions.get(brokerPositionId);
  const rejection = closeRejection(units, position, account.value.instruments) ?? idRejection(account, id);
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
  const order = present(account.ledger.openOrders.get(orderId), 'order', orderId);
  const { instrument } = order.terms;
  const quote = account.tradableQuote(instrument);
  // A market order does not rest, so nothing has to be triggered.
  const resting = account.marketOf(instrument).restingById.get(orderId);
  if (quote && (!resting || isTriggered(resting, quote))) fillOrder(account, { order, quote, reason });
  else if (!mayWait(order.terms)) cancelOrder(account, order, quote ? 'no-liquidity' : 'market-halted');
}

/** Only so many orders may wait. Source: OANDA v20, reject reason PENDING_ORDERS_ALLOWED_EXCEEDED. */
function countRejection(
  { ledger, countLimits }: SimulatedAccount,
  { orderType }: OrderTerms,
): RejectReason | undefined {
  const isFull = ledger.openOrders.size >= countLimits.pendingOrders;
  return orderType !== 'market' && isFull ? 'pending-orders-exceeded' : undefined;
}

function idRejection(account: SimulatedAccount, id: string): RejectReason | undefined {
  return isClientOrderIdTaken(id, account.ledger.openOrders) ? 'client-order-id-taken' : undefined;
}
