/** What an order asks for, as OANDA writes it in orders and in the transactions that create them. */

import { isProtective } from '../../../core/domain/order.ts';
import { wirePrice, wireUnits } from './decimals.ts';
import { WireTime } from './time.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { OrderTerms, OrderType } from '../../../core/domain/order.ts';
import type { ClientExtensions, OrderDetails } from '../order-details.ts';
import type { Fields } from '../v20-error.ts';

/** OANDA's name of each type of order; with `_ORDER` that of the transaction that creates it. */
export const WIRE_ORDER_TYPES = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP',
  market_if_touched: 'MARKET_IF_TOUCHED',
  take_profit: 'TAKE_PROFIT',
  stop_loss: 'STOP_LOSS',
  trailing_stop: 'TRAILING_STOP_LOSS',
} as const satisfies Record<OrderType, string>;

/** The trade that an order is for. */
export interface OrderedTrade {
  readonly id: number;
  readonly clientExtensions: ClientExtensions | undefined;
}

/** Returns the fields of an order's terms and details; `trade` is the one that a protective order is for. */
export function orderFields(
  terms: OrderTerms,
  details: OrderDetails,
  instrument: Instrument,
  trade: OrderedTrade | undefined,
): Fields {
  return isProtective(terms)
    ? { ...protectiveFields(terms, details, instrument, trade), clientExtensions: details.clientExtensions }
    : { ...entryFields(terms, details, instrument), ...details };
}

function entryFields(terms: OrderTerms, details: OrderDetails, instrument: Instrument): Fields {
  const { orderType, side, units, price, priceBound, positionFill = 'DEFAULT' } = terms;
  const isClosing =
    details.tradeClose !== undefined ||
    details.longPositionCloseout !== undefined ||
    details.shortPositionCloseout !== undefined ||
    details.marginCloseout !== undefined ||
    details.delayedTradeClose !== undefined;
  return {
    instrument: instrument.name,
    units: wireUnits(units, side),
    ...pricesOf(instrument, { price, priceBound }),
    ...lifetimeOf(terms),
    positionFill: isClosing ? 'REDUCE_ONLY' : positionFill,
    ...(orderType !== 'market' && {
      triggerCondition: terms.triggerCondition ?? 'DEFAULT',
      partialFill: 'DEFAULT',
    }),
  };
}

function protectiveFields(
  terms: OrderTerms,
  { distance }: OrderDetails,
  instrument: Instrument,
  trade: OrderedTrade | undefined,
): Fields {
  const { orderType, price, trailingDistance, stopLossDistance, triggerCondition = 'DEFAULT' } = terms;
  const isTrailing = orderType === 'trailing_stop';
  return {
    tradeID: trade && String(trade.id),
    clientTradeID: trade?.clientExtensions?.id,
    ...pricesOf(instrument, {
      price,
      distance: isTrailing ? trailingDistance : stopLossDistance,
    }),
    ...(distance !== undefined && { distance }),
    ...lifetimeOf(terms),
    triggerCondition,
    ...(orderType === 'stop_loss' && { guaranteed: false }),
  };
}

function pricesOf(instrument: Instrument, points: Readonly<Record<string, number | undefined>>): Fields {
  const entries = Object.entries(points).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value = 0]) => [name, wirePrice(instrument, value)]));
}

function lifetimeOf({ timeInForce, expiresAt }: OrderTerms): Fields {
  return { timeInForce, gtdTime: expiresAt === undefined ? undefined : new WireTime(expiresAt) };
}
