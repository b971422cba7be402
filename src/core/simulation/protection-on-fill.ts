/** The protective orders that an entry brings along, and whether they make sense where it fills. */

import { oppositeSide, PROTECTIVE_ORDER_TYPES, protectionAt } from '../domain/order.ts';
import { marketPrice, pointsWorse } from './fill-price.ts';
import { trailingLevelAt } from './resting-order.ts';
import type { Lifetime, OrderSide, OrderTerms, ProtectiveOrderType } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderCreated } from '../domain/transaction.ts';
import type { CancelReason } from '../domain/transaction-reasons.ts';
import type { Entry, SimulatedAccount } from './simulated-account.ts';

const GOOD_TILL_CANCELLED: Lifetime = { timeInForce: 'GTC' };

/** A protective order to be made: its type, its price (or distance) in points, and the position with the units to protect. */
export interface WantedProtection {
  readonly orderType: ProtectiveOrderType;
  readonly level: number;
  readonly brokerPositionId: number;
  /** The side of the order that opened the position. */
  readonly opened: Pick<OrderTerms, 'instrument' | 'side' | 'units'>;
  readonly reason: OrderCreated['reason'];
  /** Good till cancelled when left out. */
  readonly lifetime?: Lifetime | undefined;
}

/** A fill that opened units of a position, which has its number. */
interface OpeningFill {
  readonly fillId: number;
  readonly price: number;
  readonly units: number;
}

/**
 * Returns why an entry that fills at `price` cannot bring its protection along: a stop loss that would fill at once, or a
 * take profit that would not gain. Undefined when it can.
 * Source: OANDA v20, cancel reasons STOP_LOSS_ON_FILL_LOSS, TAKE_PROFIT_ON_FILL_LOSS and LOSING_TAKE_PROFIT.
 */
export function misplacedProtection(
  terms: OrderTerms,
  quote: Quote,
  price: number,
): CancelReason | undefined {
  const { side } = terms;
  const { stopLoss, takeProfit } = protectionAt(terms, price);
  const closingPrice = marketPrice(oppositeSide(side), quote);
  // For anyone who closes, a lower price than a sell wants (a higher one than a buy wants) is worse.
  if (stopLoss !== undefined && stopLoss < 1) return 'stop-loss-on-wrong-side';
  if (takeProfit !== undefined && takeProfit < 1) return 'take-profit-on-wrong-side';
  if (stopLoss !== undefined && pointsWorse(oppositeSide(side), closingPrice, stopLoss) >= 0)
    return 'stop-loss-on-wrong-side';
  if (takeProfit !== undefined && pointsWorse(side, price, takeProfit) >= 0)
    return 'take-profit-on-wrong-side';
  return undefined;
}

const EXPIRED: Readonly<Record<ProtectiveOrderType, CancelReason>> = {
  take_profit: 'take-profit-expired',
  stop_loss: 'stop-loss-expired',
  trailing_stop: 'trailing-stop-expired',
};

/**
 * Returns why an entry that fills at `now` would leave its position without protection: the time of that is over. Undefined when it is not.
 * Source: OANDA v20, cancel reasons STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST and its like.
 */
export function expiredProtection(
  { protectionLifetimes }: OrderTerms,
  now: number,
): CancelReason | undefined {
  if (protectionLifetimes === undefined) return undefined;
  const orderType = PROTECTIVE_ORDER_TYPES.find(
    (each) => (protectionLifetimes[each]?.expiresAt ?? Infinity) <= now,
  );
  return orderType && EXPIRED[orderType];
}

/** Writes the protective orders that come with a position just opened, in the broker's order. */
export function protectOpened(
  account: SimulatedAccount,
  terms: OrderTerms,
  { fillId, price, units }: OpeningFill,
): void {
  const { takeProfit, stopLoss } = protectionAt(terms, price);
  const levels = [
    ['take_profit', takeProfit],
    ['stop_loss', stopLoss],
    ['trailing_stop', terms.trailingDistance],
  ] as const;
  for (const [orderType, level] of levels) {
    if (level === undefined) continue;
    const opened = { instrument: terms.instrument, side: terms.side, units };
    const lifetime = terms.protectionLifetimes?.[orderType];
    const wanted = { orderType, level, brokerPositionId: fillId, opened, lifetime } as const;
    account.write(protectionEntry(account, { ...wanted, reason: 'on-fill' }));
  }
}

/** Returns where a stop loss of this side is that is to be so far from the present price: from the ask of a long position, the bid of a short one. */
export function stopLossAt(side: OrderSide, distance: number, quote: Quote): number {
  return side === 'sell' ? quote.ask - distance : quote.bid + distance;
}

/** Returns the log entry that creates a protective order. It has no client order id: the broker makes it. */
export function protectionEntry(
  { value }: SimulatedAccount,
  { orderType, level, brokerPositionId, opened, reason, lifetime }: WantedProtection,
): Entry<OrderCreated> {
  const { instrument, units } = opened;
  const side = oppositeSide(opened.side);
  const terms = { instrument, orderType, side, units, ...(lifetime ?? GOOD_TILL_CANCELLED) };
  if (orderType !== 'trailing_stop') {
    return { type: 'order-created', terms: { ...terms, price: level }, reason, brokerPositionId };
  }
  const quote = value.quoteOf(instrument);
  return {
    type: 'order-created',
    terms: { ...terms, trailingDistance: level },
    trailingLevel: quote && trailingLevelAt(terms, level, quote),
    reason,
    brokerPositionId,
  };
}
