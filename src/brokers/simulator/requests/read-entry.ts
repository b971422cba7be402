/** Reads an order that may open a trade: market, limit, stop, market if touched. */

import { ENTRY_ORDER_TYPES } from '../../../core/domain/order.ts';
import { POSITION_FILL_WORDS, TRIGGER_WORDS } from './order-words.ts';
import { readExtensions } from './read-extensions.ts';
import { readLifetime } from './read-lifetime.ts';
import { readProtection } from './read-on-fill.ts';
import { readPoints, readUnits } from './read-price.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { EntryOrderType, Lifetime, OrderTerms, OrderType } from '../../../core/domain/order.ts';
import type { ClientExtensions, OrderDetails } from '../order-details.ts';
import type { BodyReader } from './body-reader.ts';
import type { ReadProtection } from './read-on-fill.ts';
import type { Rejection } from './rejection.ts';

/** What an order asks for, and what the log shows beside it. */
export interface ReadTerms {
  readonly terms: OrderTerms;
  readonly details: OrderDetails;
  /** The trade that a protective order is for. */
  readonly tradeId?: number | undefined;
}

/** What reading depends on. `inherited` are the extensions of the order that is replaced. */
export interface ReadingContext {
  readonly instruments: Instruments;
  readonly now: number;
  readonly rejection: Rejection;
  readonly inherited: Pick<OrderDetails, 'clientExtensions' | 'tradeClientExtensions'>;
}

interface OnFill {
  readonly takeProfit: ReadProtection | undefined;
  readonly stopLoss: ReadProtection | undefined;
  readonly trailingStop: ReadProtection | undefined;
}

/** Returns whether orders of this type may open trades. */
export function isEntryType(orderType: OrderType): orderType is EntryOrderType {
  return (ENTRY_ORDER_TYPES as readonly OrderType[]).includes(orderType);
}

/** Returns the terms and details of an entry. Where something was rejected they are not to be used. */
export function readEntry(reader: BodyReader, orderType: EntryOrderType, context: ReadingContext): ReadTerms {
  const { now, rejection, inherited } = context;
  const instrument = readInstrument(reader, context);
  const units = readUnits(reader, instrument, rejection);
  const prices = readPrices(reader, orderType, instrument, rejection);
  const lifetime = readLifetime(reader, orderType, { now, rejection });
  const positionFill = reader.word('positionFill', POSITION_FILL_WORDS, 'orderPositionFill');
  const triggerCondition =
    orderType === 'market' ? undefined : reader.word('triggerCondition', TRIGGER_WORDS);
  const extensions = {
    clientExtensions:
      readExtensions(reader, 'clientExtensions', 'CLIENT_ORDER', rejection) ?? inherited.clientExtensions,
    tradeClientExtensions:
      readExtensions(reader, 'tradeClientExtensions', 'CLIENT_TRADE', rejection) ??
      inherited.tradeClientExtensions,
  };
  const onFill = readOnFill(reader, instrument, context);
  return {
    terms: {
      instrument: instrument?.name ?? '',
      orderType,
      side: units < 0 ? 'sell' : 'buy',
      units: Math.abs(units),
      ...prices,
      ...lifetime,
      ...(positionFill !== undefined && { positionFill }),
      ...(triggerCondition !== undefined && { triggerCondition }),
      ...protectionTerms(onFill),
    },
    details: onFillDetails(extensions, onFill),
  };
}

/** An instrument that there is not is no instrument's name to OANDA, which refuses it without a transaction. */
function readInstrument(
  reader: BodyReader,
  { instruments, rejection }: Pick<ReadingContext, 'instruments' | 'rejection'>,
): Instrument | undefined {
  const name = reader.text('instrument');
  if (name === undefined) {
    rejection.add('INSTRUMENT_MISSING');
    return undefined;
  }
  const instrument = instruments.find(name);
  if (!instrument) throw reader.invalid('instrument');
  return instrument;
}

function readPrices(
  reader: BodyReader,
  orderType: EntryOrderType,
  instrument: Instrument | undefined,
  rejection: Rejection,
): Pick<OrderTerms, 'price' | 'priceBound'> {
  const reading = { reader, instrument, rejection };
  const isPriced = orderType !== 'market';
  if (isPriced) rejection.unless(reader.decimal('price') !== undefined, 'PRICE_MISSING');
  const price = isPriced ? readPoints('price', { ...reading, prefix: 'PRICE' }) : undefined;
  const hasBound = orderType !== 'limit';
  const priceBound = hasBound ? readPoints('priceBound', { ...reading, prefix: 'PRICE_BOUND' }) : undefined;
  return { ...(price !== undefined && { price }), ...(priceBound !== undefined && { priceBound }) };
}

function readOnFill(
  reader: BodyReader,
  instrument: Instrument | undefined,
  { now, rejection }: ReadingContext,
): OnFill {
  const context = { instrument, now, rejection, isOnFill: true };
  const read = (
    name: string,
    orderType: 'take_profit' | 'stop_loss' | 'trailing_stop',
  ): ReadProtection | undefined => {
    const part = reader.part(name);
    return part && readProtection(part, orderType, context);
  };
  const onFill = {
    takeProfit: read('takeProfitOnFill', 'take_profit'),
    stopLoss: read('stopLossOnFill', 'stop_loss'),
    trailingStop: read('trailingStopLossOnFill', 'trailing_stop'),
  };
  const isGuaranteed = reader.part('guaranteedStopLossOnFill') !== undefined;
  rejection.unless(!isGuaranteed, 'GUARANTEED_STOP_LOSS_ON_FILL_NOT_ALLOWED');
  const ids = Object.values(onFill).flatMap((part) => part?.details.clientExtensions?.id ?? []);
  rejection.unless(new Set(ids).size === ids.length, 'ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS');
  return onFill;
}

function protectionTerms({ takeProfit, stopLoss, trailingStop }: OnFill): Partial<OrderTerms> {
  const lifetimes: Record<string, Lifetime> = {
    ...(takeProfit && { take_profit: takeProfit.lifetime }),
    ...(stopLoss && { stop_loss: stopLoss.lifetime }),
    ...(trailingStop && { trailing_stop: trailingStop.lifetime }),
  };
  const hasOwn = Object.values(lifetimes).some(({ timeInForce }) => timeInForce !== 'GTC');
  return {
    ...(takeProfit?.price !== undefined && { takeProfit: takeProfit.price }),
    ...(takeProfit?.distance !== undefined && { takeProfitDistance: takeProfit.distance }),
    ...(stopLoss?.price !== undefined && { stopLoss: stopLoss.price }),
    ...(stopLoss?.distance !== undefined && { stopLossDistance: stopLoss.distance }),
    ...(trailingStop?.distance !== undefined && { trailingDistance: trailingStop.distance }),
    ...(hasOwn && { protectionLifetimes: lifetimes }),
  };
}

function onFillDetails(
  {
    clientExtensions,
    tradeClientExtensions,
  }: {
    readonly clientExtensions: ClientExtensions | undefined;
    readonly tradeClientExtensions: ClientExtensions | undefined;
  },
  { takeProfit, stopLoss, trailingStop }: OnFill,
): OrderDetails {
  return {
    ...(clientExtensions && { clientExtensions }),
    ...(takeProfit && { takeProfitOnFill: takeProfit.details }),
    ...(stopLoss && { stopLossOnFill: stopLoss.details }),
    ...(trailingStop && { trailingStopLossOnFill: trailingStop.details }),
    ...(tradeClientExtensions && { tradeClientExtensions }),
  };
}
