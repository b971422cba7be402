/** Runs a backtest: prices in, report out. The same engine as live, on the simulated exchange, with time taken from the prices. */

import { Engine } from '../engine/engine.ts';
import { Exchange } from '../simulation/exchange.ts';
import { PATH_QUOTES } from '../domain/candle.ts';
import { firstRow } from '../domain/quote.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { makeReport } from './backtest-result.ts';
import { performEffects } from './perform-effects.ts';
import { CandleCursor } from './price-cursor.ts';
import { RunNotes } from './run-notes.ts';
import { RunRecord } from './run-record.ts';
import type { Candle, CandleRows, Granularity } from '../domain/candle.ts';
import type { Currency } from '../domain/instrument.ts';
import type { Quote, QuoteRows, RowStretch } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Effect } from '../engine/effect.ts';
import type { Travel } from '../simulation/exchange.ts';
import type { Strategy, StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { EffectTarget } from './perform-effects.ts';
import type { CandleStretch, PriceTaker, QuoteStretch } from './price-cursor.ts';

/** Whether candles are quiet is looked at for so many at once: few after something came in between, then four times as many each time. */
const LEAST_LOOK_AHEAD = 2;
const MOST_LOOK_AHEAD = 256;

/** The one strategy of a run. */
const STRATEGY_ID = 'strategy';

/**
 * One run. Feed it prices in order of time, then `finish` it: those of its instrument by `feedQuotes` and `feedCandles`, those of several
 * through `MergedPrices`. How the prices are cut into batches makes no difference; rows outside the spec's range are passed over.
 */
export class Backtest implements PriceTaker {
  readonly #spec: BacktestSpec;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  readonly #record: RunRecord;
  readonly #target: EffectTarget;
  // One event object for all quotes: the engine keeps the quote, never the event. Between quotes it holds the last one of an open market.
  readonly #quoteEvent: { readonly type: 'quote'; quote: Quote; isInsideCandle: boolean };
  /** Lets the strategy act at each fill inside a candle, before the price moves on. */
  readonly #onStop = (transactions: readonly Transaction[]): void => this.#onTransactions(transactions);
  readonly #notes = new RunNotes();
  readonly #strategy: Strategy;
  /** The first and the last quote of the spec's instrument in an open market. */
  #firstQuote: Quote | undefined;
  #lastQuote: Quote | undefined;
  /** When the newest quote of an open market came, of whichever instrument. */
  #endsAt: number;
  // Given at every step of a run with several instruments that prices are alive; one object, as with quotes.
  readonly #aliveEvent = { type: 'clock' as const, at: 0, pricesAliveAt: 0 };
  #hasOtherPrices = false;
  #quotes = 0;
  #lookAhead = LEAST_LOOK_AHEAD;

  /** The spec must have passed `checkSpec`. */
  constructor(spec: BacktestSpec, type: StrategyType) {
    const { currency, costs, limits, hedging, initialBalance, from } = spec;
    const instruments = PAPER_INSTRUMENTS;
    const instrument = instruments.named(spec.instrument);
    this.#endsAt = from;
    const markup = costs.conversionMarkup;
    this.#spec = spec;
    this.#exchange = new Exchange({ currency, costs, hedging, instruments });
    this.#engine = new Engine({
      currency,
      limits,
      conversionMarkup: markup,
      hedging,
      instruments,
      newId: createCounter(),
    });
    const rateOf = (other: Currency) => this.#engine.rateOf(other);
    this.#record = new RunRecord({ instruments, currency, markup, rateOf }, from, initialBalance);
    this.#target = {
      exchange: this.#exchange,
      show: (transactions) => this.#show(transactions),
      note: (effect) => this.#notes.add(effect),
    };
    this.#quoteEvent = {
      type: 'quote',
      quote: { instrument: spec.instrument, at: from, bid: 0, ask: 0 },
      isInsideCandle: false,
    };
    this.#show(this.#exchange.openAccount(initialBalance, from));
    this.#strategy = type.create(spec.parameters, instrument);
    this.#engine.step({
      type: 'strategy-attached',
      strategyId: STRATEGY_ID,
      instrument,
      otherInstruments: this.#strategy.otherInstruments?.map((name) => instruments.named(name)),
      strategy: this.#strategy,
      paused: false,
    });
  }

  /**
   * Shows the strategy closed candles from before the range, to be called before the first price. What is missing of its warm-up,
   * it makes up on the first candles of the range, without trading.
   */
  learn(candles: readonly Candle[]): void {
    for (const candle of candles) this.#strategy.learn?.(candle);
  }

  /** The granularities whose candles the strategy wants. */
  get granularities(): readonly Granularity[] {
    return this.#strategy.granularities;
  }

  /** The quotes that went through so far; a candle counts four. */
  get quotes(): number {
    return this.#quotes;
  }

  /** The market time that the run has come to (UTC ms). */
  get at(): number {
    return this.#engine.at;
  }

  /** Whether the strategy threw: it takes no part any more, and the rest of the prices can be left out. */
  get hasFailed(): boolean {
    return this.#notes.strategyFailure !== undefined;
  }

  /** Runs a batch of quotes of the spec's instrument. Between two quotes nothing is traded. */
  feedQuotes(rows: QuoteRows): void {
    const { instrument, from } = this.#spec;
    this.passQuotes({ instrument, rows, before: Infinity }, firstRow(rows.times, from));
  }

  /** Runs a batch of its candles along their paths: from candle to candle the price jumps, inside it passes every price on its way. */
  feedCandles(candles: CandleRows, granularity: Granularity): void {
    const cursor = new CandleCursor({ instrument: this.#spec.instrument, granularity }, this.#spec);
    cursor.give(candles);
    cursor.run(this, Infinity);
  }

  passQuotes(stretch: QuoteStretch, from: number): number {
    const { instrument, rows } = stretch;
    const { times, bid, ask } = rows;
    const before = Math.min(stretch.before, this.#spec.until);
    let row = from;
    while ((times[row] ?? Infinity) < before) {
      const at = times[row] ?? 0;
      this.#passTime(at);
      // Nearly all quotes move nothing: those up to the next one that may are taken at once.
      const quiet = this.#quietStretch(instrument, rows, row, before);
      const { to } = quiet;
      if (to > row) this.#passQuiet(instrument, rows, quiet);
      else this.passQuote({ instrument, at, bid: bid[row] ?? 0, ask: ask[row] ?? 0 }, 'jump');
      row = Math.max(to, row + 1);
    }
    return row;
  }

  passQuietCandles(stretch: CandleStretch, from: number): number {
    const { instrument, candles, lengthMs, pathOf } = stretch;
    this.#passTime(candles.times[from] ?? 0);
    const range = { from, to: this.#firstUnquietCandle(stretch, from) };
    const until = Math.min(stretch.before, this.#exchange.quietUntil(instrument));
    const observer = this.#record.isMoving ? this.#record : undefined;
    const quiet = { instrument, candles, range, lengthMs, until, pathOf, observer };
    const { to, last, effects } = this.#engine.skimCandles(quiet);
    this.#lookAhead = to === range.to ? Math.min(4 * this.#lookAhead, MOST_LOOK_AHEAD) : LEAST_LOOK_AHEAD;
    if (last) this.#notePassed(last, (to - from) * PATH_QUOTES);
    if (effects.length > 0) this.#perform(effects);
    return to;
  }

  /** The first candle from `from` on inside which something may happen, or as far as it is worth looking. */
  #firstUnquietCandle({ instrument, candles, end }: CandleStretch, from: number): number {
    if (this.#record.isEnding) return from;
    const range = { from, to: Math.min(end, from + this.#lookAhead) };
    const to = this.#exchange.firstUnquietCandle(instrument, candles, range);
    return this.#engine.firstCandleAtLossLimit(instrument, candles, { from, to });
  }

  /** Ends the run and returns its report. Positions that are still open stay open and are valued at the last quote. */
  finish(): BacktestResult {
    const engine = this.#engine;
    const [first, last] = [this.#firstQuote, this.#lastQuote];
    const equity = engine.equity();
    if (last) this.#record.observe({ ...last, at: this.#endsAt }, equity);
    return makeReport({
      spec: this.#spec,
      record: this.#record,
      ledger: engine.ledger,
      quotes: this.#quotes,
      endsAt: this.#endsAt,
      equity,
      market: first && last && { first, last },
      quoteOf: (instrument) => engine.quoteOf(instrument),
      notes: this.#notes,
      closedMarket: engine.closedMarketSignals,
    });
  }

  passQuote(quote: Quote, travel: Travel): void {
    this.#passTime(quote.at);
    if (quote.instrument !== this.#spec.instrument) this.#hasOtherPrices = true;
    if (this.#hasOtherPrices) this.#noteAlive(quote.at);
    this.#onTransactions(this.#exchange.onQuote(quote, travel, this.#onStop));
    const before = this.#quoteEvent.quote;
    this.#quoteEvent.quote = quote;
    this.#quoteEvent.isInsideCandle = travel === 'continuous';
    const effects = this.#engine.step(this.#quoteEvent);
    if (effects.length > 0) this.#perform(effects);
    this.#quotes += 1;
    if (!this.#engine.isTradable(quote.instrument, quote.at)) {
      this.#quoteEvent.quote = before;
      return;
    }
    if (this.#record.isMoving) this.#record.observe(quote, this.#engine.equity());
    this.#noteNewest(quote);
  }

  /** The rows from `from` on, all earlier than `before`, that come before the first at which something may happen. */
  #quietStretch(instrument: string, rows: QuoteRows, from: number, before: number): RowStretch {
    const skimmable = this.#engine.skimmableUntil(instrument, rows.times[from] ?? 0);
    const until = Math.min(before, skimmable);
    const quiet = this.#exchange.quietStretch(instrument, rows, { from, to: rows.times.length }, until);
    const to = this.#engine.firstAtLossLimit(instrument, rows, quiet);
    return to === quiet.to ? quiet : this.#exchange.quietStretch(instrument, rows, { from, to }, until);
  }

  #passQuiet(instrument: string, rows: QuoteRows, stretch: RowStretch): void {
    const observer = this.#record.isMoving ? this.#record : undefined;
    this.#notePassed(this.#engine.skim(instrument, rows, stretch, observer), stretch.to - stretch.from);
  }

  /** Takes note of quiet quotes, the last of them and how many they were. */
  #notePassed(last: Quote, quotes: number): void {
    this.#exchange.passQuiet(last);
    this.#quotes += quotes;
    this.#quoteEvent.quote = last;
    this.#noteNewest(last);
  }

  #noteNewest(quote: Quote): void {
    this.#endsAt = quote.at;
    if (quote.instrument !== this.#spec.instrument) return;
    this.#firstQuote ??= quote;
    this.#lastQuote = quote;
  }

  /**
   * While one instrument has a price, the stored prices of the others are known to have had no newer one: they are as fresh as those of
   * a stream that is alive.
   */
  #noteAlive(at: number): void {
    this.#aliveEvent.at = at;
    this.#aliveEvent.pricesAliveAt = at;
    const effects = this.#engine.step(this.#aliveEvent);
    if (effects.length > 0) this.#perform(effects);
  }

  #nextClockAt(): number {
    return Math.min(this.#engine.nextClockAt, this.#exchange.nextClockAt);
  }

  /** What is due before the next quote comes first, each moment with all that follows from it. */
  #passTime(until: number): void {
    for (let at = this.#nextClockAt(); at <= until; at = this.#nextClockAt()) {
      const written = this.#exchange.onClock(at);
      if (written.length > 0) this.#takeWhatWasDue(written, at);
      this.#noteAlive(at);
    }
  }

  #takeWhatWasDue(written: readonly Transaction[], at: number): void {
    this.#onTransactions(written);
    // What holding costs leaves the account as the day ends, not as the next price comes.
    if (written.some(({ type }) => type === 'financing-charged'))
      this.#record.observe({ ...this.#quoteEvent.quote, at }, this.#engine.equity());
  }

  #onTransactions(transactions: readonly Transaction[]): void {
    if (transactions.length > 0) this.#perform(this.#show(transactions));
  }

  #show(transactions: readonly Transaction[]): readonly Effect[] {
    const { changes, effects } = this.#engine.absorb(transactions);
    this.#record.add(changes);
    this.#notes.addCancellations(transactions);
    return effects;
  }

  #perform(effects: readonly Effect[]): void {
    performEffects(this.#target, effects);
  }
}

/** Ids that are the same in every run; no one outside the run sees them. */
function createCounter(): () => string {
  let count = 0;
  return () => `order-${(count += 1)}`;
}
