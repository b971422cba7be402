/** What an order would come to if it were placed now. Nothing changes by asking. */

import { currencyExposure } from '../domain/currency-exposure.ts';
import { fillUnits } from '../domain/exposure.ts';
import { bookMoney, MONEY_SCALE, pointsValue } from '../domain/money.ts';
import { isCloseOut, isProtective, protectionAt } from '../domain/order.ts';
import { isUnits, subtractUnits } from '../domain/units.ts';
import { judgeFifoEntry, judgeFifoProtection } from './fifo.ts';
import { closeOutFacts, GROUP_IS_FILLED, judge } from './requests.ts';
import { judgeCloseOut, judgeFully } from './risk-gate.ts';
import { unitsCeilings } from './units-ceilings.ts';
import type { OpenUnits } from '../domain/account-value.ts';
import type { CurrencyExposure } from '../domain/currency-exposure.ts';
import type { Denial } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { EngineState } from './engine-state.ts';
import type { UnitsCeiling } from './units-ceilings.ts';

/** Money in ten-thousandths of the account's currency, prices in points. What is undefined is not known now, or does not apply. */
export interface OrderPreview {
  /** Every reason for which it would not be sent; none when it would. */
  readonly denials: readonly Denial[];
  readonly isHalted: boolean;
  readonly isMarketOpen: boolean;
  readonly quote: Quote | undefined;
  /** Undefined for orders that protect a position and for units that no order may have, as is all that follows but the ceilings. */
  readonly fill: PreviewedFill | undefined;
  readonly margin: PreviewedMargin | undefined;
  readonly costs: PreviewedCosts | undefined;
  /** What the opened units lose from the price of the fill to the stop loss; undefined without one. The market may jump past it. */
  readonly lossAtStop: number | undefined;
  readonly exposure: readonly CurrencyExposure[] | undefined;
  readonly ceilings: readonly UnitsCeiling[];
}

/** The price at the newest quote, or that at which the order waits, and what is open in the instrument once it has filled whole. */
export interface PreviewedFill {
  readonly price: number | undefined;
  readonly openedUnits: number;
  readonly open: OpenUnits;
}

export interface PreviewedMargin {
  readonly needed: number;
  readonly availableBefore: number;
  readonly availableAfter: number;
}

/** Costs of the opened units: half of the spread on either way, and what a night brings, below zero when it is paid. */
export interface PreviewedCosts {
  readonly spread: number;
  readonly financingPerDay: number;
}

/** Returns what an order would come to at the newest prices, with all that rests and is in flight. */
export function previewOrder(
  state: EngineState,
  request: Pick<OrderRequest, 'terms' | 'protects'>,
): OrderPreview {
  const { terms } = request;
  const instrument = state.instrument(terms.instrument);
  const quote = state.quoteOf(terms.instrument);
  const entry = isProtective(terms) || !instrument ? NO_ENTRY : previewEntry(state, terms, instrument);
  return {
    denials: denialsOf(state, request),
    isHalted: state.isHalted,
    isMarketOpen: state.isMarketOpen(terms.instrument),
    quote,
    ...entry,
  };
}

type Entry = Omit<OrderPreview, 'denials' | 'isHalted' | 'isMarketOpen' | 'quote'>;

const NO_ENTRY: Entry = {
  fill: undefined,
  margin: undefined,
  costs: undefined,
  lossAtStop: undefined,
  exposure: undefined,
  ceilings: [],
};

function previewEntry(state: EngineState, terms: OrderTerms, instrument: Instrument): Entry {
  const ceilings = unitsCeilings(terms, state, instrument);
  // Sums are exact only of units that the broker could take.
  if (!isUnits(instrument, terms.units) || terms.units > instrument.maximumOrderUnits)
    return { ...NO_ENTRY, ceilings };
  const filled = fillUnits(state.portfolio.value.openUnits(instrument.name), terms, state.hedging);
  const fill = { ...filled, price: fillPrice(terms, state.quoteOf(instrument.name)) };
  return {
    fill,
    margin: marginOf(state, terms),
    costs: costsOf(state, terms, instrument, fill),
    lossAtStop: lossAtStop(state, terms, instrument, fill),
    exposure: exposureAfter(state, instrument, filled.open),
    ceilings,
  };
}

function denialsOf(
  state: EngineState,
  { terms, protects }: Pick<OrderRequest, 'terms' | 'protects'>,
): readonly Denial[] {
  if (isProtective(terms)) {
    const position = protects === undefined ? undefined : state.portfolio.ledger.openPositions.get(protects);
    const denial = judge(state, { terms }, position) ?? judgeFifoProtection(state, position, { stopLoss: 0 });
    return denial ? [denial] : [];
  }
  const closing = isCloseOut(terms) ? judgeCloseOut(terms, closeOutFacts(state, terms)) : undefined;
  const group = state.groups.isFilled({ strategyId: undefined, terms }) ? GROUP_IS_FILLED : undefined;
  return [...judgeFully(terms, state), judgeFifoEntry(state, terms), closing, group].filter(
    (denial) => denial !== undefined,
  );
}

/** An order that waits fills at its price, or at once where the market is beyond it already. */
function fillPrice({ orderType, side, price }: OrderTerms, quote: Quote | undefined): number | undefined {
  const market = side === 'buy' ? quote?.ask : quote?.bid;
  if (price === undefined || market === undefined) return price ?? market;
  if (orderType === 'limit') return side === 'buy' ? Math.min(price, market) : Math.max(price, market);
  if (orderType === 'stop') return side === 'buy' ? Math.max(price, market) : Math.min(price, market);
  return price;
}

function marginOf(state: EngineState, terms: OrderTerms): PreviewedMargin | undefined {
  const needed = state.marginNeed(terms);
  if (needed === undefined || state.valuationGap() !== undefined) return undefined;
  const availableBefore = state.marginAvailable();
  const rounded = Math.ceil(needed);
  return { needed: rounded, availableBefore, availableAfter: Math.max(0, availableBefore - rounded) };
}

function costsOf(
  { portfolio: { value } }: EngineState,
  { side, instrument: name }: OrderTerms,
  instrument: Instrument,
  { openedUnits }: PreviewedFill,
): PreviewedCosts | undefined {
  const quote = value.quoteOf(name);
  const lossRate = value.bookingRate(instrument, false);
  const { longRate, shortRate } = instrument.financing;
  const yearlyRate = side === 'buy' ? longRate : shortRate;
  const unitValue = value.unitValue(instrument, yearlyRate > 0);
  if (!quote || lossRate === undefined || unitValue === undefined) return undefined;
  return {
    spread: bookMoney(pointsValue(instrument, openedUnits, quote.ask - quote.bid, lossRate)),
    financingPerDay: bookMoney((openedUnits * unitValue * MONEY_SCALE * yearlyRate) / 365),
  };
}

function lossAtStop(
  { portfolio: { value } }: EngineState,
  terms: OrderTerms,
  instrument: Instrument,
  { price, openedUnits }: PreviewedFill,
): number | undefined {
  const lossRate = value.bookingRate(instrument, false);
  if (price === undefined || lossRate === undefined) return undefined;
  const { stopLoss } = protectionAt(terms, price);
  const byStop = stopLoss === undefined ? undefined : Math.abs(price - stopLoss);
  const distance = Math.min(byStop ?? Infinity, terms.trailingDistance ?? Infinity);
  return Number.isFinite(distance)
    ? bookMoney(pointsValue(instrument, openedUnits, distance, lossRate))
    : undefined;
}

function exposureAfter(
  { portfolio: { value, ledger } }: EngineState,
  { name }: Instrument,
  after: OpenUnits,
): readonly CurrencyExposure[] | undefined {
  const names = new Set([...ledger.openPositions.values()].map(({ instrument }) => instrument));
  if (subtractUnits(after.long, after.short) !== 0) names.add(name);
  for (const held of names) {
    const instrument = value.instruments.find(held);
    if (!instrument || !value.quoteOf(held) || value.rateOf(instrument.quote) === undefined) return undefined;
  }
  return currencyExposure(value, names, (held) => (held === name ? after : value.openUnits(held)));
}
