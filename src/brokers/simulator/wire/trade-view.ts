/** A trade as OANDA shows it: our position, open or closed. */

import { pointsValue } from '../../../core/domain/money.ts';
import { directionOf, exitPriceAt, openingSide } from '../../../core/domain/position.ts';
import { wireMoney, wirePrice, wireUnits } from './decimals.ts';
import { orderView } from './order-view.ts';
import { WireTime } from './time.ts';
import type { ProtectiveOrderType } from '../../../core/domain/order.ts';
import type { Position } from '../../../core/domain/position.ts';
import type { TradeRecord } from '../account-records.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

export const TRADE_STATES = ['OPEN', 'CLOSED', 'CLOSE_WHEN_TRADEABLE'] as const;
export type TradeState = (typeof TRADE_STATES)[number];

const ORDER_FIELDS: Readonly<Record<ProtectiveOrderType, string>> = {
  take_profit: 'takeProfitOrder',
  stop_loss: 'stopLossOrder',
  trailing_stop: 'trailingStopLossOrder',
};

/** Returns the trade's state; one that a closeout had to leave is closed when its market opens. */
export function tradeState({ book }: SimulatorAccount, { position }: TradeRecord): TradeState {
  if (position.openUnits === 0) return 'CLOSED';
  return book.ledger.delayedClosures.has(position.brokerPositionId) ? 'CLOSE_WHEN_TRADEABLE' : 'OPEN';
}

/** Returns the trade with the orders that protect it. */
export function tradeView(account: SimulatorAccount, trade: TradeRecord): Fields {
  const levels = account.trailingLevels();
  const orders = protectiveOrderIds(trade).map(([orderType, id]) => [
    ORDER_FIELDS[orderType],
    orderView(account, account.book.order(id), levels),
  ]);
  return { ...tradeFields(account, trade), ...(Object.fromEntries(orders) as Fields) };
}

/** Returns the trade with the numbers of the orders that protect it. */
export function tradeSummary(account: SimulatorAccount, trade: TradeRecord): Fields {
  const ids = protectiveOrderIds(trade).map(([orderType, id]) => [
    `${ORDER_FIELDS[orderType]}ID`,
    String(id),
  ]);
  return { ...tradeFields(account, trade), ...(Object.fromEntries(ids) as Fields) };
}

/** Returns what of an open trade depends on prices. */
export function tradePriceState(account: SimulatorAccount, { position }: TradeRecord): Fields {
  return {
    unrealizedPL: wireMoney(unrealizedPnl(account, position)),
    marginUsed: wireMoney(marginUsed(account, position)),
  };
}

/** Returns what the open units would bring now, in ten-thousandths and not rounded; nothing while a price is missing. */
export function unrealizedPnl({ exchange, instruments }: SimulatorAccount, position: Position): number {
  const quote = exchange.value.quoteOf(position.instrument);
  if (!quote) return 0;
  const instrument = instruments.named(position.instrument);
  const price = exitPriceAt(position.side, quote);
  const points = (price - position.entryPrice) * directionOf(position.side);
  const rate = exchange.value.bookingRate(instrument, points >= 0) ?? 0;
  return pointsValue(instrument, position.openUnits, points, rate);
}

function marginUsed({ exchange, instruments }: SimulatorAccount, position: Position): number {
  const units = { long: 0, short: 0, [position.side]: position.openUnits };
  return exchange.value.marginFor(instruments.named(position.instrument), units) ?? 0;
}

function protectiveOrderIds({ orderIds }: TradeRecord): readonly (readonly [ProtectiveOrderType, number])[] {
  const types = ['take_profit', 'stop_loss', 'trailing_stop'] as const;
  return types.flatMap((orderType) => {
    const id = orderIds[orderType];
    return id === undefined ? [] : [[orderType, id] as const];
  });
}

function tradeFields(account: SimulatorAccount, trade: TradeRecord): Fields {
  const { position, initialMargin, closings, clientExtensions, dividends } = trade;
  const instrument = account.instruments.named(position.instrument);
  const side = openingSide(position.side);
  return {
    id: String(position.brokerPositionId),
    instrument: position.instrument,
    price: wirePrice(instrument, position.entryPrice),
    openTime: new WireTime(position.openedAt),
    state: tradeState(account, trade),
    initialUnits: wireUnits(position.initialUnits, side),
    initialMarginRequired: wireMoney(initialMargin),
    currentUnits: wireUnits(position.openUnits, side),
    realizedPL: wireMoney(position.realizedPnl),
    ...(position.openUnits > 0 && tradePriceState(account, trade)),
    ...(closings.length > 0 && {
      averageClosePrice: wirePrice(instrument, averagePrice(closings)),
      closingTransactionIDs: closings.map(({ transactionId }) => String(transactionId)),
    }),
    financing: wireMoney(position.financing - dividends),
    dividendAdjustment: wireMoney(dividends),
    ...(position.closedAt !== undefined && { closeTime: new WireTime(position.closedAt) }),
    clientExtensions,
  };
}

/** Returns the average of prices, each with its units, in points. */
export function averagePrice(parts: readonly { readonly units: number; readonly price: number }[]): number {
  const units = parts.reduce((sum, part) => sum + part.units, 0);
  return parts.reduce((sum, part) => sum + part.units * part.price, 0) / units;
}
