/** What `/accounts/{id}` says, as a log of ours would begin with it. */

import Type from 'typebox';
import { PERCENT_PLACES } from '../../../core/domain/account-money.ts';
import { LotBook } from './lot-book.ts';
import { instrumentNamed, orderTypeOf, OrderFields, termsOf } from './order-terms.ts';
import { reader, Unreadable } from './unreadable.ts';
import {
  ClientExtensions,
  Decimal,
  Id,
  idOf,
  instantOf,
  isGiven,
  isNegative,
  maybe,
  maybeId,
  maybePoints,
  moneyOf,
  numberOf,
  pointsOf,
  roundedSteps,
  textOf,
  unitsOf,
} from './wire-values.ts';
import type { Static } from 'typebox';
import type { AccountSnapshot } from '../../../core/domain/account.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { AdoptedOrder, AdoptedPosition } from '../../../core/domain/transaction.ts';
import type { BrokerSnapshot } from '../../broker.ts';
import type { TranslationContext } from './order-terms.ts';

const WireTrade = Type.Object({
  id: Id,
  instrument: Type.String(),
  price: Decimal,
  openTime: Type.String(),
  initialUnits: Decimal,
  currentUnits: Decimal,
  realizedPL: maybe(Decimal),
  financing: maybe(Decimal),
  dividendAdjustment: maybe(Decimal),
  clientExtensions: maybe(ClientExtensions),
});
type WireTrade = Static<typeof WireTrade>;

const WireOrder = Type.Object({
  ...OrderFields,
  id: Id,
  type: Type.String(),
  createTime: Type.String(),
  trailingStopValue: maybe(Decimal),
});
type WireOrder = Static<typeof WireOrder>;

const WireAccount = Type.Object({
  currency: Type.String(),
  balance: Decimal,
  alias: maybe(Type.String()),
  hedgingEnabled: Type.Boolean(),
  marginRate: maybe(Decimal),
  marginCallEnterTime: maybe(Type.String()),
  NAV: Decimal,
  unrealizedPL: Decimal,
  marginUsed: Decimal,
  marginAvailable: Decimal,
  marginCloseoutPercent: maybe(Decimal),
  trades: Type.Array(WireTrade),
  orders: Type.Array(WireOrder),
});
type WireAccount = Static<typeof WireAccount>;

const readAnswer = reader(Type.Object({ account: WireAccount, lastTransactionID: Id }));

/** Returns the account at `at` (UTC ms); Unreadable when the answer lacks what orders, positions or money depend on. */
export function readSnapshot(answer: unknown, instruments: Instruments, at: number): BrokerSnapshot {
  const { account, lastTransactionID } = readAnswer(answer, 'the account');
  const id = idOf(lastTransactionID);
  const head = { id, batchId: id, at };
  const positions = account.trades.map((trade) => positionOf(trade, instruments));
  const lots = new LotBook();
  const adopted = {
    ...head,
    type: 'account-adopted',
    currency: account.currency,
    balance: moneyOf(account.balance),
    marginRate: rateOf(account.marginRate),
    positions,
    orders: [],
  } as const;
  lots.note(adopted);
  const orders = account.orders.map((order) => adoptedOrder(order, { instruments, lots }));
  return {
    account: { ...adopted, orders },
    money: moneyOfAccount(account, at, id),
    hedging: account.hedgingEnabled,
    alias: textOf(account.alias),
  };
}

function moneyOfAccount(account: WireAccount, at: number, lastTransactionId: number): AccountSnapshot {
  const percent = account.marginCloseoutPercent;
  return {
    at,
    balance: moneyOf(account.balance),
    nav: moneyOf(account.NAV),
    marginUsed: moneyOf(account.marginUsed),
    marginAvailable: moneyOf(account.marginAvailable),
    unrealizedPnl: moneyOf(account.unrealizedPL),
    isMarginCalled: textOf(account.marginCallEnterTime) !== undefined,
    marginCloseoutPercent: isGiven(percent) ? roundedSteps(percent, PERCENT_PLACES) : undefined,
    lastTransactionId,
  };
}

function positionOf(trade: WireTrade, instruments: Instruments): AdoptedPosition {
  const instrument = instrumentNamed(trade.instrument, { instruments });
  const financing = moneyOf(trade.financing) + moneyOf(trade.dividendAdjustment);
  return {
    brokerPositionId: idOf(trade.id),
    tag: textOf(trade.clientExtensions?.tag),
    instrument: instrument.name,
    side: isNegative(trade.currentUnits) ? 'short' : 'long',
    initialUnits: unitsOf(instrument, trade.initialUnits),
    openUnits: unitsOf(instrument, trade.currentUnits),
    entryPrice: pointsOf(instrument, trade.price),
    // What the entry cost is not known of a trade that is older than our log.
    entrySpreadCost: 0,
    entrySlippageCost: 0,
    entryCommission: 0,
    realizedPnl: moneyOf(trade.realizedPL),
    financing,
    accruedFinancing: financing,
    openedAt: instantOf(trade.openTime),
  };
}

function adoptedOrder(order: WireOrder, context: TranslationContext): AdoptedOrder {
  const orderType = orderTypeOf(order.type);
  if (!orderType) throw new Unreadable(`order ${order.id} is of the unknown type "${order.type}"`);
  const terms = termsOf(orderType, order, context);
  const instrument = context.instruments.named(terms.instrument);
  return {
    orderId: idOf(order.id),
    terms,
    createdAt: instantOf(order.createTime),
    brokerPositionId: maybeId(order.tradeID),
    trailingLevel: maybePoints(instrument, order.trailingStopValue),
    initialPrice: maybePoints(instrument, order.initialMarketPrice),
  };
}

function rateOf(rate: Decimal | null | undefined): number | undefined {
  return isGiven(rate) ? numberOf(rate) : undefined;
}
