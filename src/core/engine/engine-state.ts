/** What the engine knows: market time, money, limits, halts and requests in flight; and the effects it is collecting. */

import { Timers } from '../shared/timers.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { marginAvailableOf } from '../domain/account-money.ts';
import { MarketClock } from '../domain/market-clock.ts';
import { ClosedMarketSignals } from './closed-market-signals.ts';
import { countRoom, currencyExposureWith, grossExposureWith, possiblePositions } from './account-exposure.ts';
import { EquityRules, watchesEquity } from './equity-rules.ts';
import { NO_EFFECTS } from './effect.ts';
import { exposureWith, marginNeedWith, opensUnits } from './entry-exposure.ts';
import { EnteredCandles } from './entered-candles.ts';
import { MAXIMUM_QUOTE_AGE_MS } from './engine-options.ts';
import { entryDenial } from './entry-denial.ts';
import { EntryPace } from './entry-pace.ts';
import { weekendActsAt } from './entry-windows.ts';
import { InFlight } from './in-flight.ts';
import { OrderGroups } from './order-groups.ts';
import { PeriodStarts } from './period-starts.ts';
import { QuoteAges } from './quote-ages.ts';
import { Portfolio } from './portfolio.ts';
import { UsualSpreads } from './usual-spreads.ts';
import { WantedProtection } from './wanted-protection.ts';
import { PAPER_COUNT_LIMITS } from '../domain/account.ts';
import type { CountLimits, RiskLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Instrument, TradingHoursName } from '../domain/instrument.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Effect } from './effect.ts';
import type { EngineOptions } from './engine-options.ts';
import type { EntryFacts } from './entry-exposure.ts';
import type { CurrencyGrowth, Growth, RiskFacts } from './risk-facts.ts';
import type { SavedEngine, SavedQuote } from './saved-engine.ts';

/** When time must be shown next: a trading day, a week for an account that wants it, or a candle ends, or a strategy wants to be woken. Candles go before strategies. */
export type EngineTimers = Timers<'day' | 'weekend' | 'candle' | 'strategy'>;

/** The facts about one account that rules, strategies and requests share. */
export class EngineState implements RiskFacts {
  readonly newId: () => string;
  readonly maximumQuoteAgeMs: number;
  readonly hedging: boolean;
  readonly fifo: boolean;
  readonly countLimits: CountLimits;
  readonly portfolio: Portfolio;
  readonly equityRules: EquityRules;
  readonly periods: PeriodStarts;
  readonly inFlight = new InFlight();
  readonly pace = new EntryPace();
  readonly usualSpreads = new UsualSpreads();
  /** When positions that must have a stop were last seen without one (UTC ms), by their broker number. */
  readonly missingStops = new Map<number, number>();
  readonly enteredCandles = new EnteredCandles();
  readonly groups = new OrderGroups();
  readonly wantedProtection = new WantedProtection();
  readonly closedMarketSignals = new ClosedMarketSignals();
  readonly timers: EngineTimers = new Timers(['day', 'weekend', 'candle', 'strategy']);
  isHaltedByPerson = false;
  /** Before the first price the log is history: nothing in it may trip the loss limit now. A restored price counts. */
  hasPricesBegun = false;
  /** Whether the restored prices are too old to judge by: what was filled since then is judged once the market is seen again. */
  areRestoredPricesOld = false;
  /** Whether any limit looks at the equity: without one, no price needs to be looked at for it. */
  watchesEquity = false;
  /** The quote in force while it is moved from candle to candle, for as long as that lasts. */
  movingQuote: Quote | undefined;
  #limits: RiskLimits = {};
  readonly #clock = new MarketClock();
  readonly #ages = new QuoteAges();
  readonly #entries: EntryFacts;
  #effects: Effect[] = [];

  constructor({
    currency,
    limits,
    conversionMarkup,
    hedging,
    fifo = false,
    newId,
    instruments = PAPER_INSTRUMENTS,
    countLimits = PAPER_COUNT_LIMITS,
    maximumQuoteAgeMs = MAXIMUM_QUOTE_AGE_MS,
  }: EngineOptions) {
    this.portfolio = new Portfolio({ currency, markup: conversionMarkup, instruments });
    this.periods = new PeriodStarts(this.portfolio);
    this.equityRules = new EquityRules(this.portfolio, this.periods);
    this.limits = limits;
    this.#entries = { portfolio: this.portfolio, inFlight: this.inFlight, hedging };
    this.newId = newId;
    this.hedging = hedging;
    this.fifo = fifo;
    this.countLimits = countLimits;
    this.maximumQuoteAgeMs = maximumQuoteAgeMs;
  }

  get at(): number {
    return this.#clock.now;
  }

  get isHalted(): boolean {
    return this.isHaltedByPerson || this.equityRules.isTripped;
  }

  /** The limits that new exposure is held to. */
  get limits(): RiskLimits {
    return this.#limits;
  }

  set limits(limits: RiskLimits) {
    this.#limits = limits;
    this.watchesEquity = watchesEquity(limits);
    if (this.at > 0) this.#setWeekend();
  }

  /** Moves market time forward, never back; a new trading day starts from the money at the prices known so far. */
  advance(at: number): void {
    if (at <= this.#clock.now) return;
    this.#clock.advance(at);
    if (at < this.equityRules.dayEndsAt) return;
    const wasHalted = this.isHalted;
    this.equityRules.startDay(at);
    if (wasHalted && !this.isHalted) this.emit({ type: 'halt-ended', at });
    this.periods.begin(at);
    this.timers.set('day', this.equityRules.dayEndsAt);
    // What is due and was not acted on, because the log came first, stays due. In history nothing is.
    if (!this.hasPricesBegun || this.timers.of('weekend') > at) this.#setWeekend();
  }

  /** The account was taken over with what is open: results and losses count from here, because nothing before it was made here. */
  beginAgain(): void {
    this.equityRules.beginAgain();
    this.periods.beginAgain(this.at);
  }

  /** Whether a price of an instrument from `at` may be used now: its market is open and has not closed since. */
  isTradable(instrumentName: string, at: number): boolean {
    return this.#clock.isTradable(this.#hoursOf(instrumentName), at);
  }

  /** The instant before which no price of an instrument is of a closed market; −Infinity while it is closed. */
  tradableUntil(instrumentName: string): number {
    return this.#clock.tradableUntil(this.#hoursOf(instrumentName));
  }

  isMarketOpen(instrumentName: string): boolean {
    return this.#clock.isOpen(this.#hoursOf(instrumentName));
  }

  /** Takes note that the price stream showed life at `at`: until then a quote without a successor was still right. */
  notePricesAlive(at: number): void {
    this.#ages.notePricesAlive(at);
  }

  /**
   * Takes the quote that a fill shows: it may be ahead of the price stream, and lies between two quotes of a candle's path. An
   * order that fills as it is placed makes the known prices no fresher, because it fills at whatever price is known. The life
   * of the price stream does not vouch for what it did not show.
   */
  takeFillPrice({ instrument, at, bid, ask, orderId, batchId }: OrderFilled): void {
    const known = this.quoteOf(instrument);
    const isPlacedNow = orderId >= batchId;
    if (known && (known.at > at || (isPlacedNow && known.bid === bid && known.ask === ask))) return;
    // A quote of the same shape as all others: what reads the newest quotes is on the hot path.
    const quote = { instrument, at, bid, ask };
    this.portfolio.value.setQuote(quote);
    this.#ages.noteUnvouched(quote, at);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Whether effects were collected since they were given the last time. */
  get hasEffects(): boolean {
    return this.#effects.length > 0;
  }

  /** Gives the effects collected since the last time. */
  takeEffects(): readonly Effect[] {
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Whether a close of (part of) this position is in flight: its own, or that of the net position that it is part of. */
  isClosing(brokerPositionId: number): boolean {
    if (this.inFlight.isClosing(brokerPositionId)) return true;
    const position = this.portfolio.ledger.openPositions.get(brokerPositionId);
    return position !== undefined && this.inFlight.isClosingOut(position.instrument, position.side);
  }

  equityDenial(): Denial | undefined {
    return this.equityRules.denial(this.#limits);
  }

  quoteOf(instrumentName: string): Quote | undefined {
    return this.portfolio.value.quoteOf(instrumentName);
  }

  /** The newest quote of an instrument, for what may keep it: one that is still moved is copied. */
  quoteToKeep(instrumentName: string): Quote | undefined {
    const quote = this.quoteOf(instrumentName);
    return quote !== undefined && quote === this.movingQuote ? { ...quote } : quote;
  }

  quoteAgeMs(instrumentName: string): number {
    const quote = this.quoteOf(instrumentName);
    return quote ? this.at - this.#ages.seenAt(quote, this.#openedAt(instrumentName)) : Infinity;
  }

  exposure(terms: OrderTerms, replaces?: number): Growth {
    return exposureWith(terms, this.#entries, replaces);
  }

  opensUnits(terms: OrderTerms): boolean {
    return opensUnits(terms, this.#entries);
  }

  valuationGap(): DenialCode | undefined {
    const gap = this.portfolio.valuationGap();
    if (gap !== undefined) return gap;
    for (const { instrument } of this.portfolio.ledger.openPositions.values()) {
      if (this.quoteAgeMs(instrument) > this.maximumQuoteAgeMs) return 'stale-quote';
      if (!this.hasConversion(instrument)) return 'no-conversion-price';
    }
    return undefined;
  }

  instrument(name: string): Instrument | undefined {
    return this.portfolio.value.instruments.find(name);
  }

  hasConversion(instrumentName: string): boolean {
    const instrument = this.instrument(instrumentName);
    const quotes = instrument && this.portfolio.value.quotesOfRate(instrument.quote);
    return quotes?.every(({ instrument: name }) => this.quoteAgeMs(name) <= this.maximumQuoteAgeMs) ?? false;
  }

  currencyExposure(terms: OrderTerms, replaces?: number): readonly CurrencyGrowth[] | undefined {
    return currencyExposureWith(terms, this.#entries, replaces);
  }

  grossExposure(terms: OrderTerms, replaces?: number): Growth | undefined {
    return grossExposureWith(terms, this.#entries, replaces);
  }

  entryDenial(terms: OrderTerms, replaces?: number): Denial | undefined {
    return entryDenial(terms, this, { entries: this.#entries, replaces });
  }

  possiblePositions(replaces?: number): number {
    return possiblePositions(this.#entries, replaces);
  }

  room(): { readonly orders: number; readonly positions: number } {
    return countRoom(this.#entries, this.countLimits);
  }

  equity(): number {
    return this.portfolio.equity();
  }

  marginAvailable(): number {
    return marginAvailableOf(this.portfolio);
  }

  marginNeed(terms: OrderTerms): number | undefined {
    return marginNeedWith(terms, this.#entries);
  }

  /** The newest quotes with the time until which each was known to be right, by name: equal states are saved alike. */
  saveQuotes(): readonly SavedQuote[] {
    return this.#ages.save(this.portfolio.value.quotes(), (name) => this.#openedAt(name));
  }

  /** Takes over what was saved of time, the trading day and week, quotes and halts. */
  restore({ at, day, week, equityHalts, periods, quotes, isHalted, spreads }: SavedEngine): void {
    this.usualSpreads.restore(spreads);
    const wasHalted = this.equityRules.restore({ day, week, equityHalts });
    if (day) this.timers.set('day', this.equityRules.dayEndsAt);
    for (const quote of quotes) {
      this.portfolio.value.setQuote(quote);
      this.#ages.noteUnvouched(quote, quote.seenAt);
    }
    this.isHaltedByPerson = isHalted;
    this.periods.restore(periods, Math.max(at, this.at));
    this.advance(at);
    // The log may end weeks ago, and its weekend with it.
    if (this.at > 0) this.#setWeekend();
    if (wasHalted && !this.isHalted) this.emit({ type: 'halt-ended', at: this.at });
  }

  #setWeekend(): void {
    this.timers.set('weekend', weekendActsAt(this.#limits, this.at));
  }

  #hoursOf(instrumentName: string): TradingHoursName {
    return this.portfolio.value.instruments.hoursOf(instrumentName);
  }

  #openedAt(instrumentName: string): number {
    return this.#clock.openedAt(this.#hoursOf(instrumentName));
  }
}
