/** Reads the order of a request that creates or replaces one. */

import { WIRE_ORDER_TYPES } from '../wire/order-fields.ts';
import { BodyReader } from './body-reader.ts';
import { ORDER_TYPE_WORDS } from './order-words.ts';
import { isEntryType, readEntry } from './read-entry.ts';
import { readTradeOrder } from './read-trade-order.ts';
import { Rejection } from './rejection.ts';
import type { OrderRecord } from '../account-records.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';
import type { ReadTerms } from './read-entry.ts';

/** An order as it was asked for. With a `reason` it is rejected, and its terms are not to be used. */
export interface ReadOrder extends ReadTerms {
  /** The type and fields of the transaction that would reject it. */
  readonly rejectFields: Fields & { readonly type: string };
  readonly reason: string | undefined;
}

/** Returns what a body asks for at `now`; `replaced` is the order whose place it is to take. What cannot be read at all is thrown. */
export function readOrder(
  account: SimulatorAccount,
  body: unknown,
  now: number,
  replaced?: OrderRecord,
): ReadOrder {
  const { book, instruments } = account;
  const reader = BodyReader.of(body, ['order']).part('order');
  const orderType = reader?.word('type', ORDER_TYPE_WORDS);
  if (!reader || orderType === undefined) throw (reader ?? new BodyReader({}, 'order')).invalid('type');
  if (orderType === 'guaranteed') return guaranteed(reader);
  const rejection = new Rejection();
  const context = { instruments, now, rejection, inherited: replaced?.details ?? {} };
  const read = isEntryType(orderType)
    ? readEntry(reader, orderType, context)
    : readTradeOrder(reader, orderType, { ...context, book });
  checkClientIds(account, read, rejection, replaced);
  if (replaced) checkReplacement(read, rejection, replaced);
  return {
    ...read,
    rejectFields: rejectFields(reader, WIRE_ORDER_TYPES[orderType], replaced),
    reason: rejection.reason,
  };
}

/** Guaranteed stop losses are not offered: the answer is that of an account on which OANDA has disabled them. */
function guaranteed(reader: BodyReader): ReadOrder {
  return {
    terms: { instrument: '', orderType: 'stop_loss', side: 'buy', units: 0, timeInForce: 'GTC' },
    details: {},
    rejectFields: rejectFields(reader, 'GUARANTEED_STOP_LOSS', undefined),
    reason: 'GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED',
  };
}

/** An id is taken while another order that waits has it; one that is replaced hands its own on. */
function checkClientIds(
  { book }: SimulatorAccount,
  { details }: ReadTerms,
  rejection: Rejection,
  replaced: OrderRecord | undefined,
): void {
  const isTaken = book.isOrderIdTaken(details.clientExtensions?.id, replaced);
  rejection.unless(!isTaken, 'CLIENT_ORDER_ID_ALREADY_EXISTS');
}

function checkReplacement({ terms, tradeId }: ReadTerms, rejection: Rejection, { order }: OrderRecord): void {
  rejection.unless(terms.orderType === order.terms.orderType, 'REPLACING_ORDER_INVALID');
  rejection.unless(tradeId === order.brokerPositionId, 'REPLACING_TRADE_ID_INVALID');
}

/** A rejection shows the request as it was sent, with the defaults of what was left out. */
function rejectFields(
  reader: BodyReader,
  wireType: string,
  replaced: OrderRecord | undefined,
): Fields & { readonly type: string } {
  const sent = reader.known(ECHOED);
  return {
    ...sent,
    type: `${wireType}_ORDER_REJECT`,
    timeInForce: sent['timeInForce'] ?? (wireType === 'MARKET' ? 'FOK' : 'GTC'),
    ...('instrument' in sent && { positionFill: sent['positionFill'] ?? 'DEFAULT' }),
    ...(wireType !== 'MARKET' && { triggerCondition: sent['triggerCondition'] ?? 'DEFAULT' }),
    reason: replaced ? 'REPLACEMENT' : 'CLIENT_ORDER',
    ...(replaced && { intendedReplacesOrderID: String(replaced.order.orderId) }),
  };
}

const ECHOED = [
  'instrument',
  'units',
  'price',
  'priceBound',
  'distance',
  'tradeID',
  'clientTradeID',
  'timeInForce',
  'gtdTime',
  'positionFill',
  'triggerCondition',
  'clientExtensions',
  'tradeClientExtensions',
  'takeProfitOnFill',
  'stopLossOnFill',
  'trailingStopLossOnFill',
  'guaranteedStopLossOnFill',
] as const;
