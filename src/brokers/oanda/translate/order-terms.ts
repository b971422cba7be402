/** What an order of OANDA's asks for, whether a transaction created it or the account lists it. */

import Type from 'typebox';
import { closingSide } from '../../../core/domain/position.ts';
import { TIMES_IN_FORCE, TIMES_IN_FORCE_OF } from '../../../core/domain/order.ts';
import {
  ClientExtensions,
  Decimal,
  Id,
  idOf,
  isGiven,
  isNegative,
  maybe,
  maybeInstant,
  maybePoints,
  textOf,
  unitsOf,
  wordIn,
} from './wire-values.ts';
import { commentWithoutOwner } from './owner-comment.ts';
import { Unreadable } from './unreadable.ts';
import type { Static } from 'typebox';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type {
  OrderTerms,
  OrderType,
  PositionFill,
  TimeInForce,
  TriggerCondition,
} from '../../../core/domain/order.ts';
import type { Lot, LotBook } from './lot-book.ts';

/** What is known besides what is being read. */
export interface TranslationContext {
  readonly instruments: Instruments;
  readonly lots: LotBook;
}

const OnFill = Type.Object({ price: maybe(Decimal), distance: maybe(Decimal) });

/** The members that orders and the transactions that create or reject them share. */
export const OrderFields = {
  instrument: maybe(Type.String()),
  units: maybe(Decimal),
  price: maybe(Decimal),
  distance: maybe(Decimal),
  priceBound: maybe(Decimal),
  tradeID: maybe(Id),
  timeInForce: maybe(Type.String()),
  gtdTime: maybe(Type.String()),
  positionFill: maybe(Type.String()),
  triggerCondition: maybe(Type.String()),
  initialMarketPrice: maybe(Decimal),
  takeProfitOnFill: maybe(OnFill),
  stopLossOnFill: maybe(OnFill),
  guaranteedStopLossOnFill: maybe(OnFill),
  trailingStopLossOnFill: maybe(OnFill),
  clientExtensions: maybe(ClientExtensions),
};
const Fields = Type.Object(OrderFields);
export type OrderFields = Static<typeof Fields>;

const ORDER_TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: 'market',
  FIXED_PRICE: 'market',
  LIMIT: 'limit',
  STOP: 'stop',
  MARKET_IF_TOUCHED: 'market_if_touched',
  TAKE_PROFIT: 'take_profit',
  STOP_LOSS: 'stop_loss',
  GUARANTEED_STOP_LOSS: 'stop_loss',
  TRAILING_STOP_LOSS: 'trailing_stop',
};

// Older spellings are still seen. Source: OANDA v20, recorded answers.
const POSITION_FILLS: Readonly<Record<string, PositionFill>> = {
  OPEN_ONLY: 'OPEN_ONLY',
  REDUCE_FIRST: 'REDUCE_FIRST',
  REDUCE_ONLY: 'REDUCE_ONLY',
  POSITION_REDUCE_ONLY: 'REDUCE_ONLY',
};
const TRIGGER_CONDITIONS: Readonly<Record<string, TriggerCondition>> = {
  INVERSE: 'INVERSE',
  TRIGGER_INVERSE: 'INVERSE',
  BID: 'BID',
  ASK: 'ASK',
  MID: 'MID',
};

/** Returns the type of an order that OANDA calls so; undefined of a type that this server does not know. */
export function orderTypeOf(type: string): OrderType | undefined {
  return wordIn(ORDER_TYPES, type);
}

/** Returns the instrument of this name; Unreadable when the account does not have it. */
export function instrumentNamed(
  name: string | null | undefined,
  { instruments }: Pick<TranslationContext, 'instruments'>,
): Instrument {
  const instrument = instruments.find(name ?? '');
  if (instrument) return instrument;
  throw new Unreadable(`the account has no instrument "${name ?? ''}"`);
}

/** Returns what the order asks for; Unreadable when a part of it is missing or its trade is not known. */
export function termsOf(orderType: OrderType, fields: OrderFields, context: TranslationContext): OrderTerms {
  return isGiven(fields.tradeID)
    ? protectiveTerms(orderType, fields, idOf(fields.tradeID), context)
    : entryTerms(orderType, fields, context);
}

function entryTerms(orderType: OrderType, fields: OrderFields, context: TranslationContext): OrderTerms {
  const instrument = instrumentNamed(fields.instrument, context);
  const { units } = fields;
  if (!isGiven(units)) throw new Unreadable('an order has no units');
  const stop = fields.stopLossOnFill ?? fields.guaranteedStopLossOnFill;
  return {
    ...commonTerms(orderType, fields),
    instrument: instrument.name,
    side: isNegative(units) ? 'sell' : 'buy',
    units: unitsOf(instrument, units),
    price: orderType === 'market' ? undefined : maybePoints(instrument, fields.price),
    priceBound: maybePoints(instrument, fields.priceBound),
    positionFill: wordIn(POSITION_FILLS, fields.positionFill),
    takeProfit: maybePoints(instrument, fields.takeProfitOnFill?.price),
    takeProfitDistance: maybePoints(instrument, fields.takeProfitOnFill?.distance),
    stopLoss: maybePoints(instrument, stop?.price),
    stopLossDistance: isGiven(stop?.price) ? undefined : maybePoints(instrument, stop?.distance),
    trailingDistance: maybePoints(instrument, fields.trailingStopLossOnFill?.distance),
  };
}

function protectiveTerms(
  orderType: OrderType,
  fields: OrderFields,
  tradeId: number,
  context: TranslationContext,
): OrderTerms {
  const lot = context.lots.find(tradeId);
  if (!lot) throw new Unreadable(`trade ${tradeId} is not known`);
  const instrument = instrumentNamed(lot.instrument, context);
  const distance = maybePoints(instrument, fields.distance);
  const terms = {
    ...commonTerms(orderType, fields),
    instrument: lot.instrument,
    side: closingSide(lot.side),
    units: lot.openUnits,
  };
  if (orderType === 'trailing_stop') return { ...terms, trailingDistance: distance };
  return { ...terms, price: maybePoints(instrument, fields.price) ?? priceAt(lot, distance) };
}

/** A stop loss by distance is measured from where the trade opened. Source: OANDA v20, StopLossDetails. */
function priceAt(lot: Lot, distance: number | undefined): number {
  if (distance === undefined) throw new Unreadable('a protective order has neither price nor distance');
  return lot.entryPrice + (lot.side === 'long' ? -distance : distance);
}

function commonTerms(
  orderType: OrderType,
  fields: OrderFields,
): Pick<OrderTerms, 'orderType' | 'timeInForce' | 'expiresAt' | 'triggerCondition' | 'tag' | 'comment'> {
  return {
    orderType,
    timeInForce: timeInForceOf(orderType, fields.timeInForce),
    expiresAt: maybeInstant(fields.gtdTime),
    triggerCondition: wordIn(TRIGGER_CONDITIONS, fields.triggerCondition),
    tag: textOf(fields.clientExtensions?.tag),
    comment: commentWithoutOwner(textOf(fields.clientExtensions?.comment)),
  };
}

function timeInForceOf(orderType: OrderType, text: string | null | undefined): TimeInForce {
  const [usual = 'GTC'] = TIMES_IN_FORCE_OF[orderType];
  return TIMES_IN_FORCE.find((timeInForce) => timeInForce === text) ?? usual;
}
