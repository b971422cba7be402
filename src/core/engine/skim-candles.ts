/** Stored candles inside which nothing happens are taken one after the other, without stepping their quotes. */

import { observeRows } from './observe-rows.ts';
import { isWaiting, learnSpreads, maySkim } from './skimming.ts';
import { storedCandle } from '../domain/candle.ts';
import { takeCandleEnd, takeClock } from './take-prices.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';
import type { EngineParts } from './engine-parts.ts';
import type { MovingQuote, QuoteObserver } from './observe-rows.ts';

/** Candles of one instrument and length in which neither the exchange nor a limit on losses has anything to do. */
export interface QuietCandles {
  readonly instrument: string;
  readonly candles: CandleRows;
  readonly range: RowRange;
  readonly lengthMs: number;
  /** What ends later than this (UTC ms) is left. */
  readonly until: number;
  /** Returns the path of the candle in a row; the next call fills the same rows again. */
  readonly pathOf: (row: number) => QuoteRows;
  readonly observer: QuoteObserver | undefined;
}

/** The first row that was left, and the last quote of those that were taken. */
export interface TakenCandles {
  readonly to: number;
  readonly last: Quote | undefined;
}

/** Candles from a row on, of which those are left that end later than `until` (UTC ms). */
interface Stored {
  readonly quiet: QuietCandles;
  readonly row: number;
  readonly until: number;
}

/** One event for all that is due between candles: nothing keeps it. */
const CLOCK = { type: 'clock' as const, at: 0, pricesAliveAt: 0 };

/**
 * Takes candles until something is wanted, or is to be done at a quote: see `Engine.skimCandles`. What is due between two candles is done
 * as at any clock event.
 */
export function skimCandles(parts: EngineParts, quiet: QuietCandles): TakenCandles {
  const { state, strategies } = parts;
  const { instrument, candles, range, lengthMs } = quiet;
  let row = range.from;
  if (!maySkim(parts)) return { to: row, last: undefined };
  const shown = new ShownCandles(parts, quiet);
  const until = Math.min(
    quiet.until,
    state.tradableUntil(instrument),
    state.timers.of('day'),
    state.timers.of('weekend'),
  );
  while (row < range.to) {
    const startsAt = candles.times[row] ?? 0;
    const endsAt = startsAt + lengthMs;
    if (endsAt > until || !passTime(parts, startsAt)) break;
    // A candle of another instrument may end inside this one.
    if (endsAt > state.timers.nextAt || endsAt > strategies.calmUntil(instrument, startsAt)) break;
    strategies.showCalmCandle(instrument, candles, row);
    shown.take(row, endsAt);
    row = giveStored(parts, shown, { quiet, row, until });
    if (isEnough(parts)) break;
  }
  return { to: row, last: shown.finish() };
}

/**
 * Where the candle in a row is as strategies want it, shows them it and those after it as they are stored, until anything but the end
 * of a candle is due. What builds candles is brought up to date only then. Returns the first row that was left.
 */
function giveStored(parts: EngineParts, shown: ShownCandles, { quiet, row: from, until }: Stored): number {
  const { state, strategies } = parts;
  const { instrument, candles, range, lengthMs } = quiet;
  const granularity = strategies.storedGranularity(instrument, candles, from, lengthMs);
  if (granularity === undefined || state.timers.of('strategy') !== Infinity) return from + 1;
  let row = from;
  let hasEnded = false;
  while (row + 1 < range.to) {
    const endsAt = (candles.times[row] ?? 0) + lengthMs;
    if (candles.times[row + 1] !== endsAt || endsAt + lengthMs > until) break;
    takeCandleEnd(parts, storedCandle(candles, row, { instrument, granularity, endsAt }));
    hasEnded = isEnough(parts) || state.timers.of('strategy') !== Infinity;
    if (hasEnded) break;
    row += 1;
    shown.take(row, endsAt + lengthMs);
  }
  if (row > from || hasEnded) strategies.skipTo(instrument, candles, row, hasEnded);
  return row + 1;
}

/** Whether something is to be done before the next quote. */
function isEnough(parts: EngineParts): boolean {
  return parts.state.hasEffects || isWaiting(parts);
}

/** Does what is due by an instant; returns whether nothing came of it that has to be done before the next quote. */
function passTime(parts: EngineParts, until: number): boolean {
  const { state } = parts;
  while (state.timers.nextAt <= until) {
    CLOCK.at = CLOCK.pricesAliveAt = state.timers.nextAt;
    takeClock(parts, CLOCK);
    if (isEnough(parts)) return false;
  }
  return true;
}

/** Shows candles to what observes the equity, and moves the quote in force along them. */
class ShownCandles {
  readonly #parts: EngineParts;
  readonly #quiet: QuietCandles;
  /** The close of the candle that was taken last, or a quote on its path while that is looked at. */
  readonly #moving: MovingQuote;
  #isAnyTaken = false;
  /** Whether the last quote leaves nothing with the observer, who has not been shown it. */
  #isUnpassed = false;

  constructor(parts: EngineParts, quiet: QuietCandles) {
    this.#parts = parts;
    this.#quiet = quiet;
    this.#moving = { instrument: quiet.instrument, at: 0, bid: 0, ask: 0 };
  }

  /** Takes the candle in a row. */
  take(row: number, endsAt: number): void {
    const { state } = this.#parts;
    const { instrument, candles, observer } = this.#quiet;
    if (!this.#isAnyTaken) this.#begin();
    if (state.limits.maxSpreadRatio !== undefined) this.#learnSpreads(row);
    if (observer?.calm.includesCandle(instrument, endsAt - 1, candles, row) === true) this.#isUnpassed = true;
    else if (observer) this.#isUnpassed = this.#observe(row, endsAt, observer);
    const moving = this.#moving;
    moving.at = endsAt - 1;
    moving.bid = candles.bidClose[row] ?? 0;
    moving.ask = candles.askClose[row] ?? 0;
  }

  /** Brings the observer and the time up to the last candle; returns its last quote, which is in force and moves no more. */
  finish(): Quote | undefined {
    const { state } = this.#parts;
    if (!this.#isAnyTaken) return undefined;
    if (this.#quiet.observer) this.#pass(this.#quiet.observer);
    const last = { ...this.#moving };
    state.movingQuote = undefined;
    state.portfolio.value.setQuote(last);
    state.advance(last.at);
    return last;
  }

  #begin(): void {
    const { state } = this.#parts;
    this.#isAnyTaken = true;
    state.movingQuote = this.#moving;
    state.portfolio.value.setQuote(this.#moving);
  }

  /** Shows the path of a candle; returns whether its last quote has yet to be passed. */
  #observe(row: number, endsAt: number, observer: QuoteObserver): boolean {
    // What is observed takes the place of what was not passed, but for the last of a day.
    if (endsAt > observer.calmUntil) this.#pass(observer);
    const rows = this.#quiet.pathOf(row);
    const range = { from: 0, to: rows.times.length };
    return observeRows(this.#parts.state.portfolio, this.#moving, { rows, range, observer });
  }

  #pass(observer: QuoteObserver): void {
    if (this.#isUnpassed) observer.pass(this.#moving.at, this.#parts.state.portfolio.equity());
    this.#isUnpassed = false;
  }

  #learnSpreads(row: number): void {
    const rows = this.#quiet.pathOf(row);
    learnSpreads(this.#parts.state, { ...this.#moving }, rows, { from: 0, to: rows.times.length });
  }
}
