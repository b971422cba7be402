/** What v20 keeps with orders and trades and the exchange does not know. */

import type { ProtectiveOrderType } from '../../core/domain/order.ts';
import type { WireTime } from './wire/time.ts';

/** What a client notes with an order or trade. */
export interface ClientExtensions {
  readonly id?: string | undefined;
  readonly tag?: string | undefined;
  readonly comment?: string | undefined;
}

/** A protective order that is to be made when its entry fills, as the client asked for it. */
export interface OnFillDetails {
  readonly price?: string | undefined;
  readonly distance?: string | undefined;
  readonly timeInForce: string;
  readonly gtdTime?: WireTime | undefined;
  readonly clientExtensions?: ClientExtensions | undefined;
}

/** Which trade a market order closes, or which side of a position, or why OANDA closes it; `units` is a number or ALL. */
export interface Closing {
  readonly tradeClose?: {
    readonly tradeID: string;
    readonly clientTradeID?: string | undefined;
    readonly units: string;
  };
  readonly longPositionCloseout?: { readonly instrument: string; readonly units: string };
  readonly shortPositionCloseout?: { readonly instrument: string; readonly units: string };
  readonly marginCloseout?: { readonly reason: string };
  readonly delayedTradeClose?: {
    readonly tradeID: string;
    readonly clientTradeID?: string | undefined;
    readonly sourceTransactionID: string;
  };
}

/** The names of protective orders that an entry brings along. */
export const ON_FILL = {
  take_profit: 'takeProfitOnFill',
  stop_loss: 'stopLossOnFill',
  trailing_stop: 'trailingStopLossOnFill',
} as const satisfies Record<ProtectiveOrderType, string>;

/** What an order has beside its terms. */
export interface OrderDetails extends Closing {
  /** How far a protective order was to be, where the exchange keeps the price that it came to. */
  readonly distance?: string | undefined;
  readonly clientExtensions?: ClientExtensions | undefined;
  readonly tradeClientExtensions?: ClientExtensions | undefined;
  readonly takeProfitOnFill?: OnFillDetails | undefined;
  readonly stopLossOnFill?: OnFillDetails | undefined;
  readonly trailingStopLossOnFill?: OnFillDetails | undefined;
}

/** Returns the details of what is left of an order that filled in part. Ids that its fill has given away are not given again. */
export function detailsOfRest(details: OrderDetails): OrderDetails {
  const { tradeClientExtensions, takeProfitOnFill, stopLossOnFill, trailingStopLossOnFill } = details;
  return {
    ...details,
    tradeClientExtensions: withoutId(tradeClientExtensions),
    takeProfitOnFill: onFillOfRest(takeProfitOnFill),
    stopLossOnFill: onFillOfRest(stopLossOnFill),
    trailingStopLossOnFill: onFillOfRest(trailingStopLossOnFill),
  };
}

function onFillOfRest(onFill: OnFillDetails | undefined): OnFillDetails | undefined {
  return onFill && { ...onFill, clientExtensions: withoutId(onFill.clientExtensions) };
}

function withoutId(extensions: ClientExtensions | undefined): ClientExtensions | undefined {
  return extensions && { tag: extensions.tag, comment: extensions.comment };
}
