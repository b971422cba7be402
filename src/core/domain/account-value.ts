/** What an account is worth at the newest prices: open result, margin and conversion, for engine and simulation alike. */

import { conversionWays } from './conversion.ts';
import { emptyHolding, addUp, byName, lotResults, midPrice, openResult } from './holding.ts';
import { freshest, gapBetween, rateAlong } from './rate-way.ts';
import { marginRateOf } from './instrument.ts';
import { MONEY_SCALE, pointsValue } from './money.ts';
import { midPoints } from './quote.ts';
import { addUnits } from './units.ts';
import type { DenialCode } from './denial-catalogue.ts';
import type { Currency, Instrument } from './instrument.ts';
import type { Holding } from './holding.ts';
import type { Instruments } from './instruments.ts';
import type { Position } from './position.ts';
import type { Quote } from './quote.ts';
import type { RateWay } from './rate-way.ts';

/**
 * What an account's value depends on besides prices and lots. A result in another currency is converted at the middle price,
 * worse by `markup` both ways (OANDA: 0.005 since 2021).
 */
export interface ValueTerms {
  readonly currency: Currency;
  readonly markup: number;
  readonly instruments: Instruments;
}

/** Units of the open lots of one instrument on either side. */
export interface OpenUnits {
  readonly long: number;
  readonly short: number;
}

/** The open lots at middle prices, in ten-thousandths: the sum of gains, the sum of losses, and the value of all units. */
export interface MiddleValue {
  readonly gains: number;
  readonly losses: number;
  readonly gross: number;
}

const NO_UNITS: OpenUnits = { long: 0, short: 0 };

/** Follows quotes and open positions of one account. Amounts are ten-thousandths of its currency and not rounded. */
export class AccountValue {
  readonly #terms: ValueTerms;
  readonly #holdingsByName = new Map<string, Holding>();
  /** The holdings with open lots: usually one or two, so that valuing an account is a short loop. */
  #open: readonly Holding[] = [];
  /** The only holding with open lots, where its results need no conversion: the usual case, which is valued at every quote. */
  #sole: Holding | undefined;
  #followsPrices = true;
  /** The instrument of the last quote: prices of one instrument come in runs. */
  #newest: Holding | undefined;
  /** The ways to convert that have prices, the most direct first, looked for since a new instrument got its first price. */
  readonly #waysByCurrency = new Map<Currency, readonly RateWay[]>();

  /** The open positions in instruments that the account does not have, by their broker number. */
  readonly #unknownIds = new Set<number>();

  /** The least margin rate that the account wants of any instrument. */
  #leastMarginRate = 0;

  constructor(terms: ValueTerms) {
    this.#terms = terms;
  }

  /** The account's instruments. */
  get instruments(): Instruments {
    return this.#terms.instruments;
  }

  /** Takes note of the least margin rate that the account wants of any instrument; 0 leaves them their own. */
  setLeastMarginRate(rate: number): void {
    this.#leastMarginRate = rate;
  }

  /** Takes note of a new price; one of an instrument that the account does not have says nothing. */
  setQuote(quote: Quote): void {
    let holding = this.#newest;
    if (holding === undefined || holding.instrument.name !== quote.instrument) {
      holding = this.#holdingOf(quote.instrument);
      if (holding === undefined) return;
      this.#newest = holding;
    }
    // A first price may open a more direct way to convert than the one in use.
    if (holding.quote === undefined) this.#waysByCurrency.clear();
    holding.quote = quote;
  }

  /** Takes note of a price as {@link AccountValue.setQuote} does, unless a newer one of its instrument is known. */
  setNewestQuote(quote: Quote): void {
    const newest = this.#newest;
    const isOfNewest = newest !== undefined && newest.instrument.name === quote.instrument;
    const known = isOfNewest ? newest.quote : this.quoteOf(quote.instrument);
    if (known !== undefined && known.at > quote.at) return;
    if (isOfNewest && known !== undefined) newest.quote = quote;
    else this.setQuote(quote);
  }

  /** The newest quote of an instrument, or undefined when none came yet. */
  quoteOf(instrumentName: string): Quote | undefined {
    return this.#holdingsByName.get(instrumentName)?.quote;
  }

  /** The newest quotes of all instruments that had one. */
  quotes(): readonly Quote[] {
    return [...this.#holdingsByName.values()].flatMap(({ quote }) => (quote ? [quote] : []));
  }

  /**
   * Takes note of a position's newest state; one without open units is removed. A position in an instrument that the account does
   * not have cannot be valued and is left out: `gap` says so.
   */
  setPosition(position: Position): void {
    const holding = this.#holdingOf(position.instrument);
    if (holding === undefined) {
      if (position.openUnits > 0) this.#unknownIds.add(position.brokerPositionId);
      else this.#unknownIds.delete(position.brokerPositionId);
      return;
    }
    if (position.openUnits > 0) holding.lots.set(position.brokerPositionId, position);
    else holding.lots.delete(position.brokerPositionId);
    addUp(holding);
    // In the order of names, so that sums are the same to the last bit, whatever the order of trades.
    const open: Holding[] = [];
    for (const other of this.#holdingsByName.values()) if (other.lots.size > 0) open.push(other);
    this.#open = open.length < 2 ? open : open.sort(byName);
    this.#followsPrices = open.every(({ instrument }) => instrument.quote === this.#terms.currency);
    this.#sole = open.length === 1 && this.#followsPrices ? open[0] : undefined;
  }

  /**
   * Why the open result is not known, if it is not: an open position in an instrument that the account does not have, without a
   * quote, or without a price to convert by. Looks at instruments and not at lots, because it is asked at every quote.
   */
  gap(): DenialCode | undefined {
    if (this.#unknownIds.size > 0) return 'instrument-unknown';
    for (const { instrument, quote } of this.#open) {
      if (quote === undefined) return 'no-quote';
      if (this.rateOf(instrument.quote) === undefined) return 'no-conversion-price';
    }
    return undefined;
  }

  /** The units of an instrument that are open long and short. */
  openUnits(instrumentName: string): OpenUnits {
    const holding = this.#holdingsByName.get(instrumentName);
    return holding ? { long: holding.longUnits, short: holding.shortUnits } : NO_UNITS;
  }

  /** Units of account currency for one unit of `currency` at middle prices, or undefined when no price is known. */
  rateOf(currency: Currency): number | undefined {
    if (currency === this.#terms.currency) return 1;
    const way = this.#wayOf(currency);
    return way && rateAlong(way);
  }

  /** The quotes that give the rate of a currency: none for the account's own, undefined when no price does. */
  quotesOfRate(currency: Currency): readonly Quote[] | undefined {
    if (currency === this.#terms.currency) return [];
    return this.#wayOf(currency)?.flatMap(({ holding }) => holding.quote ?? []);
  }

  /**
   * The part by which another way to convert a currency may give more or less than the one in use: any quote may make it the freshest. Of
   * the currencies that were converted since a new instrument got its first price.
   */
  conversionGap(): number {
    let most = 0;
    for (const ways of this.#waysByCurrency.values()) {
      if (ways.length > 1) most = Math.max(most, gapBetween(ways));
    }
    return most;
  }

  /** The factor with which an amount in the instrument's quote currency is booked: gains at less, losses at more than the middle. */
  bookingRate(instrument: Instrument, isGain: boolean): number | undefined {
    if (instrument.quote === this.#terms.currency) return 1;
    const rate = this.rateOf(instrument.quote);
    return rate === undefined ? undefined : rate * (isGain ? 1 - this.#terms.markup : 1 + this.#terms.markup);
  }

  /**
   * What one unit of the instrument's base currency is worth in the account's at the middle price, or undefined when no price is
   * known. Converted as results are, except where the account is kept in that currency: then nothing is converted.
   */
  unitValue(instrument: Instrument, isGain: boolean): number | undefined {
    if (instrument.base === this.#terms.currency) return 1;
    const holding = this.#holdingOf(instrument.name);
    const mid = holding && midPrice(holding);
    const rate = this.bookingRate(instrument, isGain);
    return mid === undefined || rate === undefined ? undefined : mid * rate;
  }

  /**
   * Whether the open result never falls when a bid rises, and never rises when an ask does: nothing is converted, so prices count only
   * as what lots are closed at. Rounding keeps that order.
   */
  get followsPrices(): boolean {
    return this.#followsPrices;
  }

  /** The result of all open lots if they were closed now: longs at the bid, shorts at the ask. */
  unrealizedPnl(): number {
    const sole = this.#sole;
    return sole?.quote ? openResult(sole, sole.quote) : this.#sumOfResults();
  }

  /** All open lots at middle prices, as the broker's margin closeout looks at them; undefined when a price is missing. */
  atMiddle(): MiddleValue | undefined {
    let gains = 0;
    let losses = 0;
    let gross = 0;
    for (const holding of this.#open) {
      const { instrument, quote, lots, longUnits, shortUnits } = holding;
      const rate = this.rateOf(instrument.quote);
      if (quote === undefined || rate === undefined) return undefined;
      const mid = midPoints(quote);
      const result = lotResults(lots, mid, mid);
      const gainRate = this.bookingRate(instrument, true) ?? rate;
      const lossRate = this.bookingRate(instrument, false) ?? rate;
      gains += pointsValue(instrument, 1, result.gained, gainRate);
      losses += pointsValue(instrument, 1, result.lost, lossRate);
      gross += pointsValue(instrument, addUnits(longUnits, shortUnits), mid, rate);
    }
    return { gains, losses, gross };
  }

  /** The margin that the open lots bind. */
  marginUsed(): number {
    let sum = 0;
    for (const { instrument, longUnits, shortUnits } of this.#open)
      sum += this.marginFor(instrument, { long: longUnits, short: shortUnits }) ?? 0;
    return sum;
  }

  /**
   * The margin that units of an instrument bind, or undefined when no price is known: those of the larger side at the middle price,
   * times the margin rate. A netting account has one side only; a hedging one pays for the larger (OANDA's MAXIMAL_SIDE).
   */
  marginFor(instrument: Instrument, { long, short }: OpenUnits): number | undefined {
    const rate = this.#baseRate(instrument);
    if (rate === undefined) return undefined;
    return Math.max(long, short) * rate * marginRateOf(instrument, this.#leastMarginRate) * MONEY_SCALE;
  }

  /** The worth of one base unit: its own price in the quote currency, so that converting that is enough. */
  #baseRate(instrument: Instrument): number | undefined {
    if (instrument.base === this.#terms.currency) return 1;
    const holding = this.#holdingOf(instrument.name);
    const mid = holding && midPrice(holding);
    const rate = this.rateOf(instrument.quote);
    return mid === undefined || rate === undefined ? undefined : mid * rate;
  }

  #sumOfResults(): number {
    let sum = 0;
    for (const holding of this.#open) sum += this.#resultOf(holding);
    return sum;
  }

  #resultOf(holding: Holding): number {
    const { instrument, quote, lots } = holding;
    if (quote === undefined) return 0;
    if (instrument.quote === this.#terms.currency) return openResult(holding, quote);
    const rate = this.rateOf(instrument.quote);
    if (rate === undefined) return 0;
    // Gains and losses are converted at different rates when they are booked, so they must not offset each other here.
    const { gained, lost } = lotResults(lots, quote.bid, quote.ask);
    const { markup } = this.#terms;
    return pointsValue(instrument, 1, gained * (1 - markup) - lost * (1 + markup), rate);
  }

  #wayOf(currency: Currency): RateWay | undefined {
    const ways = this.#waysByCurrency.get(currency) ?? this.#findWays(currency);
    return ways.length < 2 ? ways[0] : freshest(ways);
  }

  #findWays(currency: Currency): readonly RateWay[] {
    const hasPrice = (name: string): boolean => this.quoteOf(name) !== undefined;
    const ways = conversionWays(currency, this.#terms.currency, hasPrice).map((steps) =>
      steps.flatMap(({ instrument, isInverse }) => {
        const holding = this.#holdingOf(instrument);
        return holding ? { holding, isInverse } : [];
      }),
    );
    this.#waysByCurrency.set(currency, ways);
    return ways;
  }

  #holdingOf(instrumentName: string): Holding | undefined {
    const known = this.#holdingsByName.get(instrumentName);
    if (known) return known;
    const instrument = this.instruments.find(instrumentName);
    if (instrument === undefined) return undefined;
    const holding = emptyHolding(instrument);
    this.#holdingsByName.set(instrumentName, holding);
    return holding;
  }
}
