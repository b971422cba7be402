/** Margin closeout: when the broker closes everything, and how to know cheaply that it need not look. */

import { oppositeSide } from '../domain/order.ts';
import { directionOf, openingSide } from '../domain/position.ts';
import { pointsValue } from '../domain/money.ts';
import { midPoints } from '../domain/quote.ts';
import { present } from '../shared/assert.ts';
import { fillOrder } from './fill-order.ts';
import { marketPrice } from './fill-price.ts';
import { NO_PRICES } from './instrument-market.ts';
import type { MiddleValue } from '../domain/account-value.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { InstrumentMarket, PriceRange } from './instrument-market.ts';
import type { SimulatedAccount } from './simulated-account.ts';

// However good the account stands, a move of this part of a price makes it look again.
const WIDEST_BAND = 0.05;

/**
 * Closes all positions when margin used / (2 × equity at middle prices) has reached 1 (OANDA's marginCloseoutPercent), the
 * largest loss first: that order is our choice, the broker does not publish its own. Looks only where lots, money or a
 * price changed enough to matter; on a continuous move at its end.
 */
export function watchMargin(account: SimulatedAccount, market: InstrumentMarket, quote: Quote): void {
  if (!account.isMarginStale && market.isWithinMarginBand(quote)) return;
  const atMiddle = account.value.atMiddle();
  // After a restart some prices may not be known yet: no one is closed out on a guess.
  if (atMiddle === undefined) return;
  const isInvested = account.ledger.openPositions.size > 0;
  const marginUsed = account.value.marginUsed();
  const reserve = marginReserve(account.ledger.balance, atMiddle, marginUsed);
  if (isInvested && reserve <= 0) {
    closeAll(account);
    return;
  }
  setMarginBands(account, isInvested ? safeMove(reserve, atMiddle, marginUsed) : Infinity);
  account.isMarginStale = false;
}

/** Returns twice the equity at middle prices less the margin used: where it is 0, OANDA's marginCloseoutPercent is 1. */
export function marginReserve(balance: number, { gains, losses }: MiddleValue, marginUsed: number): number {
  return 2 * (balance + gains - losses) - marginUsed;
}

/**
 * Returns the part by which every price may move, either way, without using the reserve up. A result in another currency
 * is a product of up to three prices: when each moves by a part p ≤ 0.05, twice the result moves by less than
 * p × (2.3 × gross + 4.5 × results) and the margin by less than p × 3.3 × margin; five times their sum covers that and
 * the markup.
 */
function safeMove(reserve: number, { gains, losses, gross }: MiddleValue, marginUsed: number): number {
  return Math.min(WIDEST_BAND, reserve / (5 * (gross + gains + losses + marginUsed)));
}

/** Bands are all set from the same prices, because one price moving uses up what the others may move. */
function setMarginBands(account: SimulatedAccount, move: number): void {
  for (const [name, market] of account.marketsByName) {
    const quote = account.value.quoteOf(name);
    // The first price of an instrument may change how another is converted, and so may any price where there are several ways.
    const isFixed = quote && (move === Infinity || !account.value.mayChangeConversion(name));
    market.setMarginBand(isFixed ? bandAround(midPoints(quote), move) : NO_PRICES);
  }
}

function bandAround(mid: number, move: number): PriceRange {
  return { low: mid - move * mid, high: mid + move * mid };
}

/** An instrument that cannot be traded now stays open, and the margin stays watched. */
function closeAll(account: SimulatedAccount): void {
  const byResult = [...account.ledger.openPositions.values()].flatMap((position) => {
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
