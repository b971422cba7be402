/** Filling an order, or cancelling it with the reason why it cannot be filled. */

import { assert } from '../shared/assert.ts';
import { isCloseOut } from '../domain/order.ts';
import { cancelLinkedOrders, cancelOrder } from './cancel-order.ts';
import { commissionFor } from './costs.ts';
import { closedLot, valueAtMiddle } from './fill-amounts.ts';
import { closedUnits, planFill } from './fill-plan.ts';
import { exceededLimit } from './fill-limits.ts';
import { marketPrice, pointsWorse, slippedPrice, violatesBound } from './fill-price.ts';
import { hasMarginFor } from './margin.ts';
import { misplacedProtection, protectOpened } from './protection-on-fill.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { Quote } from '../domain/quote.ts';
import type { CancelReason, ExitReason } from '../domain/transaction.ts';
import type { FillPlan } from './fill-plan.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** An order that is to be filled at a quote. */
export interface FillAttempt {
  readonly order: LedgerOrder;
  /** The quote in force. */
  readonly quote: Quote;
  /** The price it fills at, where that is not the one of the quote. */
  readonly price?: number | undefined;
  /** What kind of fill it is, where the order's type does not say. */
  readonly reason?: ExitReason | undefined;
  /** The price that was hoped for: the trigger of a stop that rested. Undefined: that of the quote. */
  readonly expectedPrice?: number | undefined;
}

/** Writes the fill of an open order with all that follows from it, or its cancellation. */
export function fillOrder(account: SimulatedAccount, attempt: FillAttempt): void {
  const { order, quote } = attempt;
  const wanted = attempt.price ?? marketPrice(order.terms.side, quote);
  const price = slippedPrice(order, wanted, account.options.costs.slippagePoints);
  const plan = planFill(order, account.ledger, account.options.hedging);
  const obstacle = findObstacle(account, attempt, plan, price);
  if (obstacle) cancelOrder(account, order, obstacle);
  else writeFill(account, attempt, plan, price);
}

function findObstacle(
  account: SimulatedAccount,
  { order, quote }: FillAttempt,
  plan: FillPlan,
  price: number,
): CancelReason | undefined {
  const instrument = account.value.instruments.named(order.terms.instrument);
  if (closedUnits(plan) + plan.openedUnits === 0) return 'position-gone';
  if (isHeldUp(account, order)) return 'opposite-position-open';
  if (violatesBound(order, price)) return 'bounds-violated';
  if (account.value.rateOf(instrument.quote) === undefined) return 'no-conversion-price';
  // A position can be closed on a side that no one trades on. Source: OANDA v20, closeoutBid and closeoutAsk.
  if (plan.openedUnits === 0) return undefined;
  if (isSideEmpty(account, order)) return 'no-liquidity';
  return (
    exceededLimit(account, order, plan) ??
    misplacedProtection(order.terms, quote, price) ??
    (hasMarginFor(account, order.terms, quote, price) ? undefined : 'insufficient-margin')
  );
}

function isSideEmpty(account: SimulatedAccount, { terms }: LedgerOrder): boolean {
  const { hasNoBid, hasNoAsk } = account.marketOf(terms.instrument).restriction;
  return terms.side === 'buy' ? hasNoAsk : hasNoBid;
}

/** A netting account has one direction: an order that may only open cannot fill against what is open on the other side. */
function isHeldUp({ options, value }: SimulatedAccount, { terms, brokerPositionId }: LedgerOrder): boolean {
  if (terms.positionFill !== 'OPEN_ONLY' || options.hedging || brokerPositionId !== undefined) return false;
  const { long, short } = value.openUnits(terms.instrument);
  return (terms.side === 'buy' ? short : long) > 0;
}

function writeFill(
  account: SimulatedAccount,
  { order, reason, quote, expectedPrice }: FillAttempt,
  plan: FillPlan,
  price: number,
): void {
  const { side } = order.terms;
  const instrument = account.value.instruments.named(order.terms.instrument);
  const units = closedUnits(plan) + plan.openedUnits;
  assert(units > 0, `order ${order.orderId} has nothing to fill`);
  const closed = plan.closings.map((closing) => closedLot(closing, price, instrument, account.value));
  const commission = commissionFor(account.options.costs, units);
  const slippedPoints = pointsWorse(side, price, expectedPrice ?? marketPrice(side, quote));
  const fillId = account.write({
    type: 'order-filled',
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    instrument: instrument.name,
    side,
    units,
    price,
    bid: quote.bid,
    ask: quote.ask,
    reason: reason ?? (isCloseOut(order.terms) ? 'close' : order.terms.orderType),
    openedUnits: plan.openedUnits,
    closed,
    commission,
    spreadCost: valueAtMiddle(instrument, units, (quote.ask - quote.bid) / 2, account.value),
    slippageCost: valueAtMiddle(instrument, units, slippedPoints, account.value),
    balance:
      account.ledger.balance + closed.reduce((sum, { realizedPnl }) => sum + realizedPnl, 0) - commission,
  });
  for (const { position } of plan.closings) {
    // A partial reduction keeps what protects the position.
    const { brokerPositionId } = position;
    if (!account.ledger.openPositions.has(brokerPositionId)) cancelLinkedOrders(account, brokerPositionId);
  }
  if (plan.openedUnits > 0) protectOpened(account, order.terms, { fillId, price, units: plan.openedUnits });
}
