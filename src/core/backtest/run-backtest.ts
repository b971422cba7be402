/** Runs a backtest: prices in, report out. The same engine as live, on the simulated exchange, with time taken from the prices. */

import { Engine } from '../engine/engine.ts';
import { Exchange } from '../simulation/exchange.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { createCandlePath, PATH_QUOTES, traceCandle } from './candle-path.ts';
import { makeReport } from './backtest-result.ts';
import { performEffects } from './perform-effects.ts';
import { RunNotes } from './run-notes.ts';
import { RunRecord } from './run-record.ts';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Effect } from '../engine/effect.ts';
import type { Travel } from '../simulation/exchange.ts';
import type { Strategy, StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { EffectTarget } from './perform-effects.ts';
import type { CandleBatch } from './price-batch.ts';

/** How the price gets to each quote of a candle's path. */
const TRAVEL_OF_STEP: readonly Travel[] = ['jump', 'continuous', 'continuous', 'closing'];

/** The one strategy of a run. */
const STRATEGY_ID = 'strategy';

/**
 * One run. Feed it batches in order of time, of quotes or of candles, then `finish` it. How the prices are cut into batches makes no
 * difference; rows outside the spec's range are passed over.
 */
export class Backtest {
  readonly #spec: BacktestSpec;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  readonly #record: RunRecord;
  readonly #target: EffectTarget;
  readonly #path = createCandlePath();
  // One event object for all quotes: the engine keeps the quote, never the event. Between quotes it holds the last one of an open market.
  readonly #quoteEvent: { readonly type: 'quote'; quote: Quote };
  readonly #observe = (quote: Quote, equity: number): void => this.#record.observe(quote, equity);
  /** Lets the strategy act at each fill inside a candle, before the price goes on. */
  readonly #onStop = (transactions: readonly Transaction[]): void => this.#onTransactions(transactions);
  readonly #notes = new RunNotes();
  readonly #strategy: Strategy;
  /** The first quote of an open market. */
  #firstQuote: Quote | undefined;
  #quotes = 0;

  /** The spec must have passed `checkSpec`. */
  constructor(spec: BacktestSpec, type: StrategyType) {
    const { currency, costs, limits, hedging, initialBalance, from } = spec;
    const instruments = PAPER_INSTRUMENTS;
    const instrument = instruments.named(spec.instrument);
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
    this.#record = new RunRecord({ instrument, currency, markup }, from, initialBalance);
    this.#target = {
      exchange: this.#exchange,
      show: (transactions) => this.#show(transactions),
      note: (effect) => this.#notes.add(effect),
    };
    this.#quoteEvent = { type: 'quote', quote: { instrument: spec.instrument, at: from, bid: 0, ask: 0 } };
    this.#show(this.#exchange.openAccount(initialBalance, from));
    this.#strategy = type.create(spec.parameters, instrument);
    this.#engine.step({
      type: 'strategy-attached',
      strategyId: STRATEGY_ID,
      instrument,
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

  /** Whether the strategy threw: it takes no part any more, and the rest of the prices can be left out. */
  get hasFailed(): boolean {
    return this.#notes.strategyFailure !== undefined;
  }

  /** Runs a batch of quotes. Between two quotes nothing is traded. */
  feedQuotes(rows: QuoteRows): void {
    const { times, bid, ask } = rows;
    const { instrument, from, until } = this.#spec;
    for (let row = firstRow(times, from); row < times.length; row += 1) {
      const at = times[row] ?? 0;
      if (at >= until) return;
      this.#onQuote({ instrument, at, bid: bid[row] ?? 0, ask: ask[row] ?? 0 }, 'jump');
      // Nearly all quotes move nothing and close no candle: the exchange says how far that goes, and they are skimmed.
      row = this.#skim(rows, row + 1) - 1;
    }
  }

  /** Runs a batch of candles along their paths: from candle to candle the price jumps, inside it passes every price on its way. */
  feedCandles(candles: CandleBatch, granularity: Granularity): void {
    const { instrument, from, until } = this.#spec;
    const { at, bid, ask } = this.#path;
    for (let row = firstRow(candles.times, from); row < candles.times.length; row += 1) {
      if ((candles.times[row] ?? 0) >= until) return;
      traceCandle(this.#path, candles, row, granularity);
      for (let step = 0; step < PATH_QUOTES; step += 1) {
        const quote = { instrument, at: at[step] ?? 0, bid: bid[step] ?? 0, ask: ask[step] ?? 0 };
        this.#onQuote(quote, TRAVEL_OF_STEP[step] ?? 'jump');
      }
    }
  }

  /** Ends the run and returns its report. Positions that are still open stay open and are valued at the last quote. */
  finish(): BacktestResult {
    const last = this.#firstQuote && this.#quoteEvent.quote;
    const equity = this.#engine.equity();
    if (last) this.#record.observe(last, equity);
    return makeReport({
      spec: this.#spec,
      record: this.#record,
      ledger: this.#engine.ledger,
      quotes: this.#quotes,
      endsAt: last?.at ?? this.#spec.from,
      equity,
      market: this.#firstQuote && last && { first: this.#firstQuote, last },
      notes: this.#notes,
    });
  }

  /** Takes the rows from `from` on that nothing happens at, and returns the first row that is not one of them. */
  #skim(rows: QuoteRows, from: number): number {
    const { instrument, until } = this.#spec;
    const to = this.#exchange.passQuiet(
      instrument,
      rows,
      from,
      Math.min(until, this.#engine.skimmableUntil(instrument)),
    );
    if (to === from) return to;
    this.#engine.skim(instrument, rows, { from, to }, this.#record.isMoving ? this.#observe : undefined);
    this.#quotes += to - from;
    const last = to - 1;
    this.#quoteEvent.quote = {
      instrument,
      at: rows.times[last] ?? 0,
      bid: rows.bid[last] ?? 0,
      ask: rows.ask[last] ?? 0,
    };
    return to;
  }

  #onQuote(quote: Quote, travel: Travel): void {
    if (this.#nextClockAt() <= quote.at) this.#passTime(quote.at);
    this.#onTransactions(this.#exchange.onQuote(quote, travel, this.#onStop));
    const before = this.#quoteEvent.quote;
    this.#quoteEvent.quote = quote;
    const effects = this.#engine.step(this.#quoteEvent);
    if (effects.length > 0) this.#perform(effects);
    this.#quotes += 1;
    if (!this.#engine.isTradable(quote.at)) {
      this.#quoteEvent.quote = before;
      return;
    }
    if (this.#record.isMoving) this.#record.observe(quote, this.#engine.equity());
    this.#firstQuote ??= quote;
  }

  #nextClockAt(): number {
    return Math.min(this.#engine.nextClockAt, this.#exchange.nextClockAt);
  }

  /** What is due before the next quote comes first, each moment with all that follows from it. */
  #passTime(until: number): void {
    for (let at = this.#nextClockAt(); at <= until; at = this.#nextClockAt()) {
      const written = this.#exchange.onClock(at);
      this.#onTransactions(written);
      // What holding costs leaves the account as the day ends, not as the next price comes.
      if (written.some(({ type }) => type === 'financing-charged'))
        this.#record.observe({ ...this.#quoteEvent.quote, at }, this.#engine.equity());
      this.#perform(this.#engine.step({ type: 'clock', at, pricesAliveAt: at }));
    }
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

/** The first row at or after an instant, by halving. */
function firstRow(times: Float64Array, from: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
