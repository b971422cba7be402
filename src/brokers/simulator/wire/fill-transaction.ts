/** ORDER_FILL: what a fill did to trades and money. */

import { directionOf, closingSide } from '../../../core/domain/position.ts';
import { wireFactor, wireMoney, wirePrice, wireUnits } from './decimals.ts';
import { WIRE_ORDER_TYPES } from './order-fields.ts';
import { WireTime } from './time.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { ClosedLot, OrderFilled } from '../../../core/domain/transaction.ts';
import type { OrderRecord } from '../account-records.ts';
import type { Fields } from '../v20-error.ts';
import type { Translation } from './translation.ts';

/** Guaranteed stop losses are not offered, so nothing is paid for them. */
const NO_GUARANTEE = { guaranteedExecutionFee: '0.0000', quoteGuaranteedExecutionFee: '0' } as const;

// What OANDA's ladders showed of EUR_USD; the fill's own depth is not part of the log.
const FULL_PRICE_LIQUIDITY = '10000000';

/** Returns the type and fields of a fill. */
export function translateFilled(translation: Translation<OrderFilled>): Fields {
  const { transaction: fill, book, instruments } = translation;
  const instrument = instruments.named(fill.instrument);
  const record = book.order(fill.orderId);
  const pl = fill.closed.reduce((sum, { realizedPnl }) => sum + realizedPnl, 0);
  const financing = fill.closed.reduce((sum, lot) => sum + lot.financing, 0);
  const quotePl = fill.closed.reduce((sum, lot) => sum + quoteResult(translation, lot), 0);
  const isWhole = (lot: ClosedLot): boolean => book.trade(lot.brokerPositionId).position.openUnits === 0;
  const tradesClosed = fill.closed.filter(isWhole).map((lot) => closedFields(translation, instrument, lot));
  const reduced = fill.closed.find((lot) => !isWhole(lot));
  const plCost = fill.closed.reduce((sum, { conversionCost }) => sum + conversionCost, 0);
  return {
    type: 'ORDER_FILL',
    orderID: String(fill.orderId),
    clientOrderID: record.details.clientExtensions?.id,
    instrument: fill.instrument,
    units: wireUnits(fill.units, fill.side),
    requestedUnits: wireUnits(record.order.terms.units, fill.side),
    price: wirePrice(instrument, fill.price),
    fullVWAP: wirePrice(instrument, fill.price),
    fullPrice: fullPrice(fill, instrument),
    reason: fillReason(record),
    pl: wireMoney(pl),
    quotePL: quotePl === 0 ? '0' : wirePrice(instrument, quotePl),
    financing: wireMoney(financing),
    baseFinancing: '0',
    commission: wireMoney(fill.commission),
    accountBalance: wireMoney(fill.balance),
    ...conversionFactors(translation, instrument),
    ...NO_GUARANTEE,
    halfSpreadCost: wireMoney(fill.spreadCost),
    ...(fill.openedUnits > 0 && { tradeOpened: openedFields(translation, instrument) }),
    ...(tradesClosed.length > 0 && { tradesClosed }),
    ...(reduced && { tradeReduced: closedFields(translation, instrument, reduced) }),
    ...conversionCosts(plCost),
  };
}

function fillReason({ order, reason, details }: OrderRecord): string {
  if (reason === 'close') return 'MARKET_ORDER_TRADE_CLOSE';
  if (reason === 'margin-closeout')
    return details.delayedTradeClose ? 'MARKET_ORDER_DELAYED_TRADE_CLOSE' : 'MARKET_ORDER_MARGIN_CLOSEOUT';
  if (details.longPositionCloseout || details.shortPositionCloseout) return 'MARKET_ORDER_POSITION_CLOSEOUT';
  return `${WIRE_ORDER_TYPES[order.terms.orderType]}_ORDER`;
}

function fullPrice({ at, bid, ask }: OrderFilled, instrument: Instrument): Fields {
  const bidText = wirePrice(instrument, bid);
  const askText = wirePrice(instrument, ask);
  return {
    closeoutBid: bidText,
    closeoutAsk: askText,
    timestamp: new WireTime(at),
    bids: [{ price: bidText, liquidity: FULL_PRICE_LIQUIDITY }],
    asks: [{ price: askText, liquidity: FULL_PRICE_LIQUIDITY }],
  };
}

/** Returns the result of a lot in points of the instrument's price, which are steps of its quote currency. */
function quoteResult({ transaction: { price }, book }: Translation<OrderFilled>, lot: ClosedLot): number {
  const { position } = book.trade(lot.brokerPositionId);
  return (price - position.entryPrice) * directionOf(position.side) * lot.units;
}

function conversionFactors({ value }: Translation, instrument: Instrument): Fields {
  const gainQuote = factorText(value.bookingRate(instrument, true));
  const lossQuote = factorText(value.bookingRate(instrument, false));
  return {
    gainQuoteHomeConversionFactor: gainQuote,
    lossQuoteHomeConversionFactor: lossQuote,
    homeConversionFactors: {
      gainQuoteHome: { factor: gainQuote },
      lossQuoteHome: { factor: lossQuote },
      gainBaseHome: { factor: factorText(value.unitValue(instrument, true)) },
      lossBaseHome: { factor: factorText(value.unitValue(instrument, false)) },
    },
  };
}

function factorText(factor: number | undefined): string {
  return wireFactor(factor ?? 0);
}

function openedFields({ transaction: fill, book }: Translation<OrderFilled>, instrument: Instrument): Fields {
  const { position, initialMargin, clientExtensions } = book.trade(fill.id);
  return {
    tradeID: String(fill.id),
    units: wireUnits(fill.openedUnits, fill.side),
    price: wirePrice(instrument, fill.price),
    ...NO_GUARANTEE,
    halfSpreadCost: wireMoney(position.entrySpreadCost),
    initialMarginRequired: wireMoney(initialMargin),
    clientExtensions,
  };
}

/** Costs of a closed lot are its share of the fill's. Units have the sign of the order that closed them. */
function closedFields(translation: Translation<OrderFilled>, instrument: Instrument, lot: ClosedLot): Fields {
  const { transaction: fill, book } = translation;
  const { position, clientExtensions } = book.trade(lot.brokerPositionId);
  return {
    tradeID: String(lot.brokerPositionId),
    clientTradeID: clientExtensions?.id,
    units: wireUnits(lot.units, closingSide(position.side)),
    price: wirePrice(instrument, fill.price),
    realizedPL: wireMoney(lot.realizedPnl),
    financing: wireMoney(lot.financing),
    baseFinancing: '0',
    ...NO_GUARANTEE,
    halfSpreadCost: wireMoney((fill.spreadCost * lot.units) / fill.units),
    ...conversionCosts(lot.conversionCost),
  };
}

function conversionCosts(plCost: number): Fields {
  return {
    plHomeConversionCost: wireMoney(plCost),
    baseFinancingHomeConversionCost: '0',
    guaranteedExecutionFeeHomeConversionCost: '0',
    homeConversionCost: wireMoney(plCost),
  };
}
