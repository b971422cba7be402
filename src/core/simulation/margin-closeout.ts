/** The margin closeout: the broker closes what is open, and later what it cannot close now. */

import { oppositeSide } from '../domain/order.ts';
import { directionOf, openingSide } from '../domain/position.ts';
import { pointsValue } from '../domain/money.ts';
import { present } from '../shared/assert.ts';
import { fillOrder } from './fill-order.ts';
import { marketPrice } from './fill-price.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Closes all positions, the largest loss first: that order is our choice, the broker does not publish its own. What has no price
 * to trade on now is noted, to be closed at its first. Source: OANDA v20, DELAYED_TRADE_CLOSURE and trade state CLOSE_WHEN_TRADEABLE.
 */
export function closeAll(account: SimulatedAccount): void {
  const open = [...account.ledger.openPositions.values()];
  closeLargestLossFirst(account, open);
  const brokerPositionIds = open
    .filter(({ instrument }) => account.tradableQuote(instrument) === undefined)
    .map(({ brokerPositionId }) => brokerPositionId)
    .filter((id) => !account.ledger.delayedClosures.has(id));
  if (brokerPositionIds.length === 0) return;
  account.startBatch();
  account.write({ type: 'closure-delayed', brokerPositionIds });
}

/** Closes what a closeout had to leave open of an instrument that can be traded now, however the margin stands by then. */
export function closeDelayed(account: SimulatedAccount, instrumentName: string): void {
  const { ledger, value } = account;
  if (ledger.delayedClosures.size === 0) return;
  // After a restart the price that converts the result may not be known yet.
  if (value.rateOf(value.instruments.named(instrumentName).quote) === undefined) return;
  const delayed = [...ledger.openPositions.values()].filter(
    ({ instrument, brokerPositionId }) =>
      instrument === instrumentName && ledger.delayedClosures.has(brokerPositionId),
  );
  closeLargestLossFirst(account, delayed);
}

function closeLargestLossFirst(account: SimulatedAccount, positions: readonly Position[]): void {
  const byResult = positions.flatMap((position) => {
    const quote = account.tradableQuote(position.instrument);
    return quote ? [{ position, quote, result: resultOf(account, position, quote) }] : [];
  });
  byResult.sort((a, b) => a.result - b.result);
  for (const { position, quote } of byResult) closeOut(account, position, quote);
}

function closeOut(
  account: SimulatedAccount,
  { instrument, brokerPositionId, openUnits, side }: Position,
  quote: Quote,
): void {
  account.startBatch();
  const closing = {
    instrument,
    orderType: 'market',
    side: oppositeSide(openingSide(side)),
    units: openUnits,
  } as const;
  const orderId = account.write({
    type: 'order-created',
    terms: { ...closing, timeInForce: 'FOK' },
    reason: 'margin-closeout',
    brokerPositionId,
  });
  const order = present(account.ledger.openOrders.get(orderId), `order ${orderId}`);
  fillOrder(account, { order, quote, reason: 'margin_closeout' });
}

function resultOf({ value }: SimulatedAccount, position: Position, quote: Quote): number {
  const instrument = value.instruments.named(position.instrument);
  const price = marketPrice(oppositeSide(openingSide(position.side)), quote);
  const points = (price - position.entryPrice) * directionOf(position.side);
  return pointsValue(instrument, position.openUnits, points, value.bookingRate(instrument, points >= 0) ?? 0);
}
