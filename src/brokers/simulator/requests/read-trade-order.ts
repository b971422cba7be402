/** Reads an order that protects a trade and is asked for by itself. */

import { closingSide } from '../../../core/domain/position.ts';
import { TRIGGER_WORDS } from './order-words.ts';
import { readProtection } from './read-on-fill.ts';
import type { OrderTerms, ProtectiveOrderType } from '../../../core/domain/order.ts';
import type { AccountBook } from '../account-book.ts';
import type { TradeRecord } from '../account-records.ts';
import type { BodyReader } from './body-reader.ts';
import type { ReadingContext, ReadTerms } from './read-entry.ts';
import type { Rejection } from './rejection.ts';

/** Returns the terms and details of a take profit, stop loss or trailing stop. Where something was rejected they are not to be used. */
export function readTradeOrder(
  reader: BodyReader,
  orderType: ProtectiveOrderType,
  { book, ...context }: ReadingContext & { readonly book: AccountBook },
): ReadTerms {
  const { instruments, now, rejection, inherited } = context;
  const trade = readTrade(reader, book, rejection);
  const instrument = trade && instruments.find(trade.position.instrument);
  const { price, distance, lifetime, details } = readProtection(reader, orderType, {
    instrument,
    now,
    rejection,
    isOnFill: false,
  });
  const triggerCondition = reader.word('triggerCondition', TRIGGER_WORDS);
  const clientExtensions = details.clientExtensions ?? inherited.clientExtensions;
  return {
    terms: {
      instrument: instrument?.name ?? '',
      orderType,
      side: trade ? closingSide(trade.position.side) : 'buy',
      units: trade?.position.openUnits ?? 0,
      ...levelTerms(orderType, price, distance),
      ...lifetime,
      ...(triggerCondition !== undefined && { triggerCondition }),
    },
    details: clientExtensions ? { clientExtensions } : {},
    tradeId: trade?.position.brokerPositionId,
  };
}

function levelTerms(
  orderType: ProtectiveOrderType,
  price: number | undefined,
  distance: number | undefined,
): Partial<OrderTerms> {
  if (orderType === 'trailing_stop') return { trailingDistance: distance };
  return {
    ...(price !== undefined && { price }),
    ...(orderType === 'stop_loss' && distance !== undefined && { stopLossDistance: distance }),
  };
}

/** An open trade, by its number or by the id that the client gave it; both must mean the same one. */
function readTrade(reader: BodyReader, book: AccountBook, rejection: Rejection): TradeRecord | undefined {
  const id = reader.text('tradeID');
  const clientId = reader.text('clientTradeID');
  if (id === undefined && clientId === undefined) rejection.add('TRADE_ID_UNSPECIFIED');
  const byId = id === undefined ? undefined : book.openTrade(id);
  const byClientId = clientId === undefined ? undefined : book.openTrade(`@${clientId}`);
  rejection.unless(byId !== undefined || byClientId !== undefined, 'TRADE_DOESNT_EXIST');
  rejection.unless(
    id === undefined || clientId === undefined || byId === byClientId,
    'TRADE_IDENTIFIER_INCONSISTENCY',
  );
  return byId ?? byClientId;
}
