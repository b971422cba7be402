/** ORDER_FILL in our words. */

import Type from 'typebox';
import { instrumentNamed } from './order-terms.ts';
import { exitReason } from './reasons.ts';
import { reader, Unreadable } from './unreadable.ts';
import {
  Decimal,
  Id,
  idOf,
  isGiven,
  isNegative,
  maybe,
  moneyOf,
  pointsOf,
  textOf,
  unitsOf,
} from './wire-values.ts';
import type { Static } from 'typebox';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { ClosedLot, OrderFilled, TransactionHead } from '../../../core/domain/transaction.ts';
import type { TranslationContext } from './order-terms.ts';

const Level = Type.Object({ price: Decimal });

const ClosedTrade = Type.Object({
  tradeID: Id,
  units: Decimal,
  price: maybe(Decimal),
  realizedPL: maybe(Decimal),
  financing: maybe(Decimal),
  plHomeConversionCost: maybe(Decimal),
});
type ClosedTrade = Static<typeof ClosedTrade>;

const OrderFill = Type.Object({
  orderID: Id,
  clientOrderID: maybe(Type.String()),
  instrument: Type.String(),
  units: Decimal,
  price: maybe(Decimal),
  fullVWAP: maybe(Decimal),
  fullPrice: maybe(
    Type.Object({
      bids: maybe(Type.Array(Level)),
      asks: maybe(Type.Array(Level)),
      closeoutBid: maybe(Decimal),
      closeoutAsk: maybe(Decimal),
    }),
  ),
  reason: maybe(Type.String()),
  pl: maybe(Decimal),
  financing: maybe(Decimal),
  commission: maybe(Decimal),
  guaranteedExecutionFee: maybe(Decimal),
  accountBalance: Decimal,
  halfSpreadCost: maybe(Decimal),
  tradeOpened: maybe(Type.Object({ units: Decimal, price: maybe(Decimal) })),
  tradesClosed: maybe(Type.Array(ClosedTrade)),
  tradeReduced: maybe(ClosedTrade),
});
type OrderFill = Static<typeof OrderFill>;

const readFill = reader(OrderFill);

/** Returns the fill; Unreadable when it lacks what money or positions depend on. */
export function fillTransaction(
  raw: unknown,
  head: TransactionHead,
  context: TranslationContext,
): OrderFilled {
  const fill = readFill(raw, `ORDER_FILL ${head.id}`);
  const instrument = instrumentNamed(fill.instrument, context);
  const price = priceOf(fill, instrument);
  const { bid, ask } = quoteOf(fill, instrument, price);
  return {
    ...head,
    type: 'order-filled',
    orderId: idOf(fill.orderID),
    clientOrderId: textOf(fill.clientOrderID),
    instrument: instrument.name,
    side: isNegative(fill.units) ? 'sell' : 'buy',
    units: unitsOf(instrument, fill.units),
    price,
    bid,
    ask,
    reason: exitReason(fill.reason ?? ''),
    openedUnits: fill.tradeOpened ? unitsOf(instrument, fill.tradeOpened.units) : 0,
    closed: closedLots(fill, instrument),
    // Source: OANDA v20: balance = balance before + pl + financing − commission − guaranteedExecutionFee.
    commission: moneyOf(fill.commission) + moneyOf(fill.guaranteedExecutionFee),
    spreadCost: Math.abs(moneyOf(fill.halfSpreadCost)),
    // OANDA does not state which price was hoped for.
    slippageCost: 0,
    balance: moneyOf(fill.accountBalance),
  };
}

/** Each lot's result is rounded by itself: what that leaves of the fill's own sums goes to the last, so that they add up. */
function closedLots(fill: OrderFill, instrument: Instrument): readonly ClosedLot[] {
  const closed = [...(fill.tradesClosed ?? []), ...(fill.tradeReduced ? [fill.tradeReduced] : [])];
  const lots = closed.map((trade) => closedLot(trade, instrument));
  const last = lots.at(-1);
  if (!last) return [];
  const rest = (stated: number, booked: (lot: ClosedLot) => number): number =>
    stated - lots.reduce((sum, lot) => sum + booked(lot), 0);
  const pnl = isGiven(fill.pl) ? rest(moneyOf(fill.pl), ({ realizedPnl }) => realizedPnl) : 0;
  const financing = isGiven(fill.financing) ? rest(moneyOf(fill.financing), (lot) => lot.financing) : 0;
  const settled = {
    ...last,
    realizedPnl: last.realizedPnl + pnl,
    financing: last.financing + financing,
  };
  return [...lots.slice(0, -1), settled];
}

function closedLot(trade: ClosedTrade, instrument: Instrument): ClosedLot {
  return {
    brokerPositionId: idOf(trade.tradeID),
    units: unitsOf(instrument, trade.units),
    realizedPnl: moneyOf(trade.realizedPL),
    financing: moneyOf(trade.financing),
    // A conversion at a marked-up rate never pays, whichever sign it is stated with.
    conversionCost: Math.abs(moneyOf(trade.plHomeConversionCost)),
  };
}

function priceOf(fill: OrderFill, instrument: Instrument): number {
  const price =
    fill.fullVWAP ??
    fill.price ??
    fill.tradeOpened?.price ??
    fill.tradesClosed?.[0]?.price ??
    fill.tradeReduced?.price;
  if (!isGiven(price)) throw new Unreadable('a fill has no price');
  return pointsOf(instrument, price);
}

function quoteOf(
  { fullPrice }: OrderFill,
  instrument: Instrument,
  price: number,
): { readonly bid: number; readonly ask: number } {
  const bid = fullPrice?.bids?.[0]?.price ?? fullPrice?.closeoutBid;
  const ask = fullPrice?.asks?.[0]?.price ?? fullPrice?.closeoutAsk;
  if (!isGiven(bid) || !isGiven(ask)) return { bid: price, ask: price };
  return { bid: pointsOf(instrument, bid), ask: pointsOf(instrument, ask) };
}
