/** Filling an order, in whole or in part, or cancelling it with the reason why it cannot be filled. */

import { isCloseOut } from '../domain/order.ts';
import { addUnits, subtractUnits } from '../domain/units.ts';
import { present } from '../shared/assert.ts';
import { cancelLinkedOrders, cancelOrder } from './cancel-order.ts';
import { commissionFor } from './costs.ts';
import { offerBeyond, offerOf } from './depth.ts';
import { closedLot, valueAtMiddle } from './fill-amounts.ts';
import { closedUnits, planFill } from './fill-plan.ts';
import { exceededLimit } from './fill-limits.ts';
import { marketPrice, pointsWorse, slippedPrice, worstPrice } from './fill-price.ts';
import { hasMarginFor } from './margin.ts';
import { expiredProtection, misplacedProtection, protectOpened } from './protection-on-fill.ts';
import { mayWait, takesBetterPrice } from './resting-order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { Quote } from '../domain/quote.ts';
import type { CancelReason, ExitReason } from '../domain/transaction-reasons.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Offer } from './depth.ts';
import type { FillPlan } from './fill-plan.ts';
import type { Entry, SimulatedAccount } from './simulated-account.ts';

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

/** A fill that is settled: which units, at which average price, and how many of the order are left. */
interface Fill {
  readonly plan: FillPlan;
  readonly price: number;
  readonly leftUnits: number;
}

/**
 * Writes the fill of an open order with all that follows from it, or its cancellation. Where the market takes fewer units, an order that
 * must fill whole is cancelled, any other fills in part. What lacks depth then waits for the next quote, if the order may wait; the
 * rest is cancelled, or left out where the account reissues rests. Source: OANDA v20, INSUFFICIENT_LIQUIDITY.
 */
export function fillOrder(account: SimulatedAccount, attempt: FillAttempt): void {
  const { order, quote } = attempt;
  const { ledger, options } = account;
  const wanted = planFill(
    order,
    subtractUnits(order.terms.units, order.filledUnits),
    ledger,
    options.hedging,
  );
  const wantedUnits = unitsOf(wanted);
  if (wantedUnits === 0) return cancelOrder(account, order, 'position-gone');
  if (isHeldUp(account, order)) return cancelOrder(account, order, 'opposite-position-open');
  const offer = offerFor(account, attempt, wantedUnits);
  const leftUnits = subtractUnits(wantedUnits, offer.units);
  const isKilled = leftUnits > 0 && order.terms.timeInForce === 'FOK';
  if (isKilled || offer.units === 0) {
    if (!staysOpen(order, offer)) cancelOrder(account, order, lackReason(order, offer));
    return;
  }
  const plan = leftUnits === 0 ? wanted : planFill(order, offer.units, ledger, options.hedging);
  const obstacle = findObstacle(account, attempt, plan, offer.price);
  if (obstacle) return cancelOrder(account, order, obstacle);
  if (options.costs.depth)
    account.marketOf(order.terms.instrument).take(order.terms.side, offer.units, quote);
  const { reissuesRests = false } = options;
  const level = account.marketOf(order.terms.instrument).restingById.get(order.orderId)?.trigger;
  writeFill(account, attempt, { plan, price: offer.price, leftUnits: reissuesRests ? 0 : leftUnits });
  if (leftUnits === 0) return;
  if (staysOpen(order, offer)) {
    if (reissuesRests) reissueRest(account, order, { units: leftUnits, level });
    return;
  }
  if (reissuesRests) return;
  const rest = present(ledger.openOrders.get(order.orderId), `open order ${order.orderId}`);
  cancelOrder(account, rest, lackReason(order, offer));
}

function offerFor(
  account: SimulatedAccount,
  { order, quote, price, reason }: FillAttempt,
  units: number,
): Offer {
  const { costs } = account.options;
  const { instrument, side } = order.terms;
  const best = slippedPrice(order, price ?? marketPrice(side, quote), costs.slippagePoints);
  const taken = account.marketOf(instrument).takenUnits(side, quote);
  const wanted = { side, units, best, worst: worstPrice(order), taken };
  const buckets = costs.depth?.[instrument];
  return reason === 'margin_closeout' ? offerBeyond(buckets, wanted) : offerOf(buckets, wanted);
}

/** Whether what an offer leaves waits for the next quote. Beyond its bound an order may not wait; a limit does, as its price is its bound. */
function staysOpen(order: LedgerOrder, { lack }: Offer): boolean {
  return mayWait(order.terms) && (lack === 'depth' || takesBetterPrice(order));
}

function lackReason(order: LedgerOrder, { lack }: Offer): CancelReason {
  return lack === 'bound' && !takesBetterPrice(order) ? 'bounds-violated' : 'no-liquidity';
}

function findObstacle(
  account: SimulatedAccount,
  { order, quote }: FillAttempt,
  plan: FillPlan,
  price: number,
): CancelReason | undefined {
  const instrument = account.value.instruments.named(order.terms.instrument);
  if (account.value.rateOf(instrument.quote) === undefined) return 'no-conversion-price';
  // A position can be closed on a side that no one trades on. Source: OANDA v20, closeoutBid and closeoutAsk.
  if (plan.openedUnits === 0) return undefined;
  if (isSideEmpty(account, order)) return 'no-liquidity';
  const units = unitsOf(plan);
  const terms = units === order.terms.units ? order.terms : { ...order.terms, units };
  return (
    account.options.openingObstacle?.(order) ??
    exceededLimit(account, order, plan) ??
    expiredProtection(terms, account.clock.now) ??
    misplacedProtection(terms, quote, price) ??
    (hasMarginFor(account, terms, quote, price) ? undefined : 'insufficient-margin')
  );
}

/** The fill ended the order; what is left of it waits as another one with the same terms. */
function reissueRest(
  account: SimulatedAccount,
  order: LedgerOrder,
  { units, level }: { readonly units: number; readonly level: number | undefined },
): void {
  const { orderId, clientOrderId, strategyId, brokerPositionId, terms, initialPrice } = order;
  account.write({
    type: 'order-created',
    terms: { ...terms, units },
    clientOrderId,
    strategyId,
    brokerPositionId,
    initialPrice,
    // A trailing stop that followed the price does not go back.
    ...(terms.orderType === 'trailing_stop' && { trailingLevel: level }),
    reason: 'client',
    restOf: orderId,
  });
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
  { plan, price, leftUnits }: Fill,
): void {
  const { side } = order.terms;
  const instrument = account.value.instruments.named(order.terms.instrument);
  const units = unitsOf(plan);
  const closed = plan.closings.map((closing) => closedLot(closing, price, instrument, account.value));
  const commission = commissionFor(account.options.costs, units);
  const slippedPoints = pointsWorse(side, price, expectedPrice ?? marketPrice(side, quote));
  const fill: Entry<OrderFilled> = {
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
  };
  const fillId = account.write(leftUnits > 0 ? { ...fill, remainingUnits: leftUnits } : fill);
  for (const { position } of plan.closings) {
    // A partial reduction keeps what protects the position.
    const { brokerPositionId } = position;
    if (!account.ledger.openPositions.has(brokerPositionId)) cancelLinkedOrders(account, brokerPositionId);
  }
  if (plan.openedUnits > 0) protectOpened(account, order.terms, { fillId, price, units: plan.openedUnits });
}

function unitsOf(plan: FillPlan): number {
  return addUnits(closedUnits(plan), plan.openedUnits);
}
