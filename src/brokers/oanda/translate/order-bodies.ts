/** Requests of ours as OANDA wants them. Numbers are decimal text with the instrument's digits; what is left out has OANDA's default. */

import { Problem } from '../../../core/shared/problem.ts';
import { formatPrice } from '../../../core/domain/instrument.ts';
import { termsAtBroker } from '../../../core/domain/lease.ts';
import { isProtective } from '../../../core/domain/order.ts';
import { commentOfOwner } from './owner-comment.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { OrderRequest, OrderTerms, OrderType, ProtectionRequest } from '../../../core/domain/order.ts';

type Body = Readonly<Record<string, unknown>>;

const WIRE_TYPES: Readonly<Record<OrderType, string>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP',
  market_if_touched: 'MARKET_IF_TOUCHED',
  take_profit: 'TAKE_PROFIT',
  stop_loss: 'STOP_LOSS',
  trailing_stop: 'TRAILING_STOP_LOSS',
};

/**
 * Returns the body that creates an order, or that puts it in the place of another; its comment has the number of the account's owner. One
 * that is renewed hands its id, tag and comment on to itself. Source: OANDA v20, recorded: a replacement inherits what it leaves out.
 */
export function orderBody(
  { id, terms, protects, isRenewal = false }: OrderRequest,
  instruments: Instruments,
  ownerNumber: number | undefined,
): Body {
  const instrument = instruments.named(terms.instrument);
  const { orderType, triggerCondition, tag, comment } = terms;
  const { timeInForce, expiresAt } = termsAtBroker(terms);
  const extensions = { id, tag, comment: commentOfOwner(comment, ownerNumber) };
  const common = {
    type: WIRE_TYPES[orderType],
    timeInForce,
    gtdTime: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    triggerCondition,
    clientExtensions: isRenewal ? undefined : extensions,
  };
  if (isProtective(terms)) return { order: { ...common, ...protectiveFields(terms, protects, instrument) } };
  return { order: { ...common, ...entryFields(terms, instrument), tradeClientExtensions: extensions } };
}

/**
 * Returns the body that closes (part of) what is open of an instrument on the side that the order closes, and nothing of the other. It
 * has no largest size, as orders have.
 */
export function closeOutBody({ id, terms: { side, units, tag, comment } }: OrderRequest): Body {
  const [closed, other] = side === 'sell' ? ['long', 'short'] : ['short', 'long'];
  return {
    [`${closed}Units`]: wireUnits(units),
    [`${closed}ClientExtensions`]: { id, tag, comment },
    [`${other}Units`]: 'NONE',
  };
}

/** Returns the body that changes what protects a trade: a part that is left out stays, null removes it. */
export function protectionBody(
  { takeProfit, stopLoss, stopLossDistance, trailingDistance }: ProtectionRequest,
  instrument: Instrument,
): Body {
  const part = (name: 'price' | 'distance', points: number | null | undefined): Body | null | undefined =>
    typeof points === 'number' ? { [name]: formatPrice(instrument, points) } : points;
  return {
    takeProfit: part('price', takeProfit),
    stopLoss: stopLossDistance === undefined ? part('price', stopLoss) : part('distance', stopLossDistance),
    trailingStopLoss: part('distance', trailingDistance),
  };
}

/** Returns units as OANDA writes them, negative for sells. */
export function wireUnits(units: number, side: OrderTerms['side'] = 'buy'): string {
  return String(side === 'sell' ? -units : units);
}

/** Returns the body that sets an account's margin rate; the problem `conflict` for none, because such an account always has one. */
export function marginRateBody(marginRate: number): Body {
  if (marginRate > 0) return { marginRate: String(Number(marginRate.toFixed(6))) };
  throw new Problem(
    'conflict',
    'An account at OANDA always has a leverage: name the one that it shall have.',
  );
}

function entryFields(terms: OrderTerms, instrument: Instrument): Body {
  const { side, units, price, priceBound, positionFill } = terms;
  return {
    instrument: instrument.name,
    units: wireUnits(units, side),
    price: priceText(instrument, price),
    priceBound: priceText(instrument, priceBound),
    positionFill,
    takeProfitOnFill: onFill(instrument, terms.takeProfit, terms.takeProfitDistance),
    stopLossOnFill: onFill(instrument, terms.stopLoss, terms.stopLossDistance),
    trailingStopLossOnFill: onFill(instrument, undefined, terms.trailingDistance),
  };
}

function protectiveFields(terms: OrderTerms, tradeId: number | undefined, instrument: Instrument): Body {
  const { price, stopLossDistance, trailingDistance } = terms;
  return {
    tradeID: tradeId === undefined ? undefined : String(tradeId),
    price: priceText(instrument, price),
    distance: priceText(instrument, trailingDistance ?? stopLossDistance),
  };
}

/** OANDA takes a price or a distance, not both; the distance is what our orders give when they have one. */
function onFill(
  instrument: Instrument,
  price: number | undefined,
  distance: number | undefined,
): Body | undefined {
  if (distance !== undefined) return { distance: priceText(instrument, distance) };
  return price === undefined ? undefined : { price: priceText(instrument, price) };
}

function priceText(instrument: Instrument, points: number | undefined): string | undefined {
  return points === undefined ? undefined : formatPrice(instrument, points);
}
