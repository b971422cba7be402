/** Changing what protects an open position. */

import { closingSide, openingSide } from '../domain/position.ts';
import { present } from '../shared/assert.ts';
import { cancelOrder, cancelReplaced } from './cancel-order.ts';
import { fillOrder } from './fill-order.ts';
import { protectionEntry, stopLossAt } from './protection-on-fill.ts';
import { isTriggered } from './resting-order.ts';
import { protectionRejection } from './validate-request.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { ProtectionRequest, ProtectiveOrderType } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { RejectReason } from '../domain/transaction-reasons.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Writes what a request changes, or one rejection when any part of it makes no sense. An order that is replaced or removed
 * is cancelled, a new one created; one that the market has already passed fills at once, if the market is open, and takes
 * the others with it.
 */
export function changeProtection(account: SimulatedAccount, request: ProtectionRequest): void {
  const position = account.ledger.openPositions.get(request.brokerPositionId);
  const rejection =
    protectionRejection(request, position, {
      instruments: account.value.instruments,
      now: account.clock.now,
    }) ??
    (position && distanceRejection(account, position, request)) ??
    countRejection(account, request);
  if (rejection || !position) {
    account.write({ type: 'order-rejected', reason: rejection ?? 'position-unknown' });
    return;
  }
  const changes = [
    ['take_profit', request.takeProfit],
    ['stop_loss', stopLossLevel(account, position, request)],
    ['trailing_stop', request.trailingDistance],
  ] as const;
  for (const [orderType, level] of changes) {
    if (level !== undefined) changeOne(account, position, { ...request, orderType, level });
  }
  fillPassed(account, position);
}

/** A stop loss by distance needs a price to be measured from, and has to come to one. */
function distanceRejection(
  account: SimulatedAccount,
  position: Position,
  request: ProtectionRequest,
): RejectReason | undefined {
  if (request.stopLossDistance === undefined) return undefined;
  if (!account.value.quoteOf(position.instrument)) return 'price-unknown';
  return (stopLossLevel(account, position, request) ?? 1) < 1 ? 'price-invalid' : undefined;
}

/** What protects a position is an order that waits; one that takes another's place is none more. */
function countRejection(account: SimulatedAccount, request: ProtectionRequest): RejectReason | undefined {
  const wanted = [
    ['take_profit', request.takeProfit],
    ['stop_loss', request.stopLoss ?? request.stopLossDistance],
    ['trailing_stop', request.trailingDistance],
  ] as const;
  const types = protectiveOrders(account, request.brokerPositionId).map(({ terms }) => terms.orderType);
  const added = wanted.filter(([orderType, level]) => level != null && !types.includes(orderType)).length;
  const isTooMany = account.ledger.openOrders.size + added > account.countLimits.pendingOrders;
  return added > 0 && isTooMany ? 'pending-orders-exceeded' : undefined;
}

/** A stop loss by distance is at its price from the newest quote; there is one, because `distanceRejection` wants it. */
function stopLossLevel(
  { value }: SimulatedAccount,
  { instrument, side }: Position,
  { stopLoss, stopLossDistance }: ProtectionRequest,
): number | null | undefined {
  if (stopLossDistance === undefined) return stopLoss;
  const quote = present(value.quoteOf(instrument), `quote of ${instrument}`);
  return stopLossAt(closingSide(side), stopLossDistance, quote);
}

/** The part of a request that concerns one protective order; no level removes it. */
interface ProtectionChange extends ProtectionRequest {
  readonly orderType: ProtectiveOrderType;
  readonly level: number | null;
}

function changeOne(
  account: SimulatedAccount,
  position: Position,
  { orderType, level, lifetimes }: ProtectionChange,
): void {
  const { brokerPositionId, instrument, openUnits } = position;
  const old = protectiveOrders(account, brokerPositionId).find(({ terms }) => terms.orderType === orderType);
  if (level === null) {
    if (old) cancelOrder(account, old, 'client-request');
    return;
  }
  if (old) cancelReplaced(account, old);
  const opened = { instrument, side: openingSide(position.side), units: openUnits };
  const entry = protectionEntry(account, {
    orderType,
    level,
    brokerPositionId,
    opened,
    reason: old ? 'replacement' : 'client',
    lifetime: lifetimes?.[orderType],
  });
  account.write(old ? { ...entry, replaces: old.orderId } : entry);
}

function fillPassed(account: SimulatedAccount, { brokerPositionId, instrument }: Position): void {
  const quote = account.tradableQuote(instrument);
  if (!quote) return;
  const market = account.marketOf(instrument);
  const passed = protectiveOrders(account, brokerPositionId).find((order) => {
    const resting = market.restingById.get(order.orderId);
    return resting !== undefined && isTriggered(resting, quote);
  });
  if (passed) fillOrder(account, { order: passed, quote });
}

function protectiveOrders(account: SimulatedAccount, brokerPositionId: number): readonly LedgerOrder[] {
  return [...account.ledger.openOrders.values()].filter(
    (order) => order.brokerPositionId === brokerPositionId,
  );
}
