/** Changes what clients noted with an order that waits, or with an open trade. */

import { isProtective } from '../../core/domain/order.ts';
import { BodyReader } from './requests/body-reader.ts';
import { changedExtensions, readExtensions } from './requests/read-extensions.ts';
import { Rejection } from './requests/rejection.ts';
import { orderNames } from './order-desk.ts';
import type { OrderRecord, TradeRecord } from './account-records.ts';
import type { Moment } from './order-desk.ts';
import type { ClientExtensions } from './order-details.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** Changes the extensions of an order, and those that its trade is to have. */
export function changeOrderExtensions(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  specifier: string,
  body: unknown,
): WireTransaction {
  const reader = BodyReader.of(body ?? {});
  const rejection = new Rejection();
  const order = readExtensions(reader, 'clientExtensions', 'CLIENT_ORDER', rejection);
  const trade = readExtensions(reader, 'tradeClientExtensions', 'CLIENT_TRADE', rejection);
  const record = account.book.pendingOrder(specifier);
  if (!record) rejection.add('ORDER_DOESNT_EXIST');
  rejection.unless(order !== undefined || trade !== undefined, 'CLIENT_EXTENSIONS_DATA_MISSING');
  // What protects a trade opens none.
  const opensNone = record !== undefined && isProtective(record.order.terms);
  rejection.unless(trade === undefined || !opensNone, 'TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED');
  rejection.unless(!account.book.isOrderIdTaken(order?.id, record), 'CLIENT_ORDER_ID_ALREADY_EXISTS');
  const names = record
    ? { orderID: String(record.order.orderId), clientOrderID: record.details.clientExtensions?.id }
    : orderNames(specifier);
  const written = note(account, { requestId, now }, 'ORDER', rejection, {
    ...names,
    ...(order && { clientExtensionsModify: order }),
    ...(trade && { tradeClientExtensionsModify: trade }),
  });
  if (record && rejection.reason === undefined) changeOrder(record, order, trade);
  return written;
}

/** Changes the extensions of a trade. */
export function changeTradeExtensions(
  account: SimulatorAccount,
  moment: Moment,
  specifier: string,
  body: unknown,
): WireTransaction {
  const reader = BodyReader.of(body ?? {});
  const rejection = new Rejection();
  const change = readExtensions(reader, 'clientExtensions', 'CLIENT_TRADE', rejection);
  const trade = account.book.openTrade(specifier);
  if (!trade) rejection.add('TRADE_DOESNT_EXIST');
  rejection.unless(change !== undefined, 'CLIENT_EXTENSIONS_DATA_MISSING');
  const holder = change?.id === undefined ? undefined : account.book.openTrade(`@${change.id}`);
  rejection.unless(holder === undefined || holder === trade, 'CLIENT_TRADE_ID_ALREADY_EXISTS');
  const written = note(account, moment, 'TRADE', rejection, {
    ...tradeNames(trade, specifier),
    ...(change && { tradeClientExtensionsModify: change }),
  });
  if (trade && change && rejection.reason === undefined)
    trade.clientExtensions = changedExtensions(trade.clientExtensions, change);
  return written;
}

/** Returns the fields by which a transaction names a trade, whether it is there or not. */
export function tradeNames(
  trade: TradeRecord | undefined,
  specifier: string,
): { readonly tradeID?: string; readonly clientTradeID?: string | undefined } {
  if (trade)
    return {
      tradeID: String(trade.position.brokerPositionId),
      clientTradeID: trade.clientExtensions?.id,
    };
  return specifier.startsWith('@') ? { clientTradeID: specifier.slice(1) } : { tradeID: specifier };
}

function note(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  subject: 'ORDER' | 'TRADE',
  { reason }: Rejection,
  fields: Fields,
): WireTransaction {
  const type = `${subject}_CLIENT_EXTENSIONS_MODIFY${reason === undefined ? '' : '_REJECT'}`;
  return account.note(requestId, now, {
    type,
    ...fields,
    ...(reason !== undefined && { rejectReason: reason }),
  });
}

function changeOrder(
  record: OrderRecord,
  order: ClientExtensions | undefined,
  trade: ClientExtensions | undefined,
): void {
  const { clientExtensions, tradeClientExtensions } = record.details;
  record.details = {
    ...record.details,
    ...(order && { clientExtensions: changedExtensions(clientExtensions, order) }),
    ...(trade && { tradeClientExtensions: changedExtensions(tradeClientExtensions, trade) }),
  };
}
