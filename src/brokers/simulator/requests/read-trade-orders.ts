/** Reads a request that sets, changes and removes the orders that protect a trade. */

import { BodyReader } from './body-reader.ts';
import { readProtection } from './read-on-fill.ts';
import { Rejection } from './rejection.ts';
import type { ProtectiveOrderType } from '../../../core/domain/order.ts';
import type { OrderRecord, TradeRecord } from '../account-records.ts';
import type { ClientExtensions } from '../order-details.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';
import type { Inherited, ReadProtection } from './read-on-fill.ts';

/** The kinds of orders that a request may name, as it names them and as transactions do. */
const PARTS = [
  ['takeProfit', 'TAKE_PROFIT', 'take_profit'],
  ['stopLoss', 'STOP_LOSS', 'stop_loss'],
  ['trailingStopLoss', 'TRAILING_STOP_LOSS', 'trailing_stop'],
  ['guaranteedStopLoss', 'GUARANTEED_STOP_LOSS', undefined],
] as const;

/** One order of the request: set to something, or removed when `wanted` is undefined. */
export interface TradeOrderChange {
  /** How answers begin the names of its transactions: `takeProfitOrder`. */
  readonly name: string;
  /** Undefined for a guaranteed stop loss, which is always rejected. */
  readonly orderType: ProtectiveOrderType | undefined;
  /** The order that it has now. */
  readonly current: OrderRecord | undefined;
  readonly wanted: ReadProtection | undefined;
  readonly clientExtensions: ClientExtensions | undefined;
  readonly reason: string | undefined;
  /** The type and fields of the transaction that would reject it. */
  readonly rejectFields: Fields & { readonly type: string };
}

/** Returns what the body says of each order that it names. */
export function readTradeOrders(
  account: SimulatorAccount,
  trade: TradeRecord,
  body: unknown,
  now: number,
): readonly TradeOrderChange[] {
  const reader = BodyReader.of(
    body,
    PARTS.map(([name]) => name),
  );
  return PARTS.flatMap(([name, wireType, orderType]) => {
    const part = reader.part(name);
    if (!part && !reader.isNull(name)) return [];
    const id = orderType && trade.orderIds[orderType];
    const current = id === undefined ? undefined : account.book.order(id);
    const context = { account, trade, now, current, orderType };
    const change = part ? setOrder(part, wireType, context) : removeOrder(current);
    return [{ name: `${name}Order`, orderType, current, ...change }];
  });
}

interface PartContext {
  readonly account: SimulatorAccount;
  readonly trade: TradeRecord;
  readonly now: number;
  readonly current: OrderRecord | undefined;
  readonly orderType: ProtectiveOrderType | undefined;
}

type Change = Omit<TradeOrderChange, 'name' | 'orderType' | 'current'>;

function removeOrder(current: OrderRecord | undefined): Change {
  return {
    wanted: undefined,
    clientExtensions: undefined,
    reason: current ? undefined : 'ORDER_DOESNT_EXIST',
    rejectFields: { type: 'ORDER_CANCEL_REJECT' },
  };
}

function setOrder(
  part: BodyReader,
  wireType: string,
  { account, trade, now, current, orderType }: PartContext,
): Change {
  const rejection = new Rejection();
  const { position, clientExtensions } = trade;
  const rejectFields = {
    ...part.known(['price', 'distance', 'timeInForce', 'gtdTime', 'clientExtensions']),
    type: `${wireType}_ORDER_REJECT`,
    tradeID: String(position.brokerPositionId),
    clientTradeID: clientExtensions?.id,
    reason: current ? 'REPLACEMENT' : 'CLIENT_ORDER',
    ...(current && { intendedReplacesOrderID: String(current.order.orderId) }),
  };
  if (orderType === undefined)
    return {
      wanted: undefined,
      clientExtensions: undefined,
      reason: 'GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED',
      rejectFields,
    };
  const wanted = readProtection(part, orderType, {
    instrument: account.instruments.named(position.instrument),
    now,
    rejection,
    isOnFill: false,
    inherited: current && inheritedFrom(current),
  });
  const extensions = wanted.details.clientExtensions ?? current?.details.clientExtensions;
  rejection.unless(!account.book.isOrderIdTaken(extensions?.id, current), 'CLIENT_ORDER_ID_ALREADY_EXISTS');
  return { wanted, clientExtensions: extensions, reason: rejection.reason, rejectFields };
}

function inheritedFrom({ order: { terms } }: OrderRecord): Inherited {
  const { price, trailingDistance: distance, timeInForce, expiresAt } = terms;
  return { price, distance, lifetime: { timeInForce, expiresAt } };
}
